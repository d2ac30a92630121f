-- A database as the first version of Ikura left it: a complete study and one that was killed.
BEGIN TRANSACTION;
CREATE TABLE events (
	id INTEGER NOT NULL,
	study_id INTEGER NOT NULL,
	time DATETIME NOT NULL,
	kind VARCHAR(40) NOT NULL,
	message TEXT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,1,'2026-11-22 18:05:33.648556','note','as it was');
CREATE TABLE ikura_schema (
	version_num VARCHAR(32) NOT NULL,
	PRIMARY KEY (version_num)
);
INSERT INTO "ikura_schema" VALUES('0001');
CREATE TABLE metrics (
	study_id INTEGER NOT NULL,
	trial INTEGER NOT NULL,
	epoch INTEGER NOT NULL,
	train_loss REAL,
	dev_loss REAL,
	dev_accuracy REAL,
	PRIMARY KEY (study_id, trial, epoch),
	FOREIGN KEY(study_id, trial) REFERENCES trials (study_id, number) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "metrics" VALUES(1,0,0,0.5,0.5,0.5);
INSERT INTO "metrics" VALUES(1,0,1,0.25,0.25,0.25);
INSERT INTO "metrics" VALUES(1,1,0,0.5,0.5,0.5);
CREATE TABLE rounds (
	study_id INTEGER NOT NULL,
	round INTEGER NOT NULL,
	region JSON,
	PRIMARY KEY (study_id, round),
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "rounds" VALUES(1,0,NULL);
INSERT INTO "rounds" VALUES(1,1,'{"round":1,"trials":2,"dimensions":[{"kind":"span","dimension":"rate","low":0.1,"high":0.2,"inside":1,"elites":2,"edge":null}]}');
INSERT INTO "rounds" VALUES(2,0,NULL);
CREATE TABLE studies (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name VARCHAR(100) NOT NULL,
	created DATETIME NOT NULL,
	status VARCHAR(20) NOT NULL,
	settings JSON NOT NULL,
	space TEXT NOT NULL,
	outcome JSON,
	UNIQUE (name)
);
INSERT INTO "studies" VALUES(1,'done','2026-11-22 18:05:33.633681','complete','{"seed":1,"data":"iris"}','[rate]
','{"best":{"number":0}}');
INSERT INTO "studies" VALUES(2,'half','2026-11-22 18:05:33.654921','running','{}','',NULL);
CREATE TABLE trials (
	study_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	round INTEGER NOT NULL,
	state VARCHAR(20) NOT NULL,
	config JSON NOT NULL,
	PRIMARY KEY (study_id, number),
	FOREIGN KEY(study_id, round) REFERENCES rounds (study_id, round) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "trials" VALUES(1,0,0,'complete','{"rate":0.1}');
INSERT INTO "trials" VALUES(1,1,0,'diverged','{"rate":0.2}');
INSERT INTO "trials" VALUES(1,2,1,'waiting','{"rate":0.3}');
INSERT INTO "trials" VALUES(2,0,0,'waiting','{"rate":0.1}');
CREATE INDEX ix_events_study_id ON events (study_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',2);
COMMIT;
