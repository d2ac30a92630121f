-- `ikura.tune("iris", trials=4, epochs=2, name="iris-1")`, as the first version of Ikura left it.
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
 WITHOUT ROWID

;
INSERT INTO "metrics" VALUES(1,0,0,7.52917170524597167968e-01,3.12735140323638916015e-01,9.00000035762786865234e-01);
INSERT INTO "metrics" VALUES(1,0,1,0.653157651424408,2.75352448225021362304e-01,9.3333339691162109375e-01);
INSERT INTO "metrics" VALUES(1,1,0,1.52780556678771972656e+00,1.27108633518219,2.00000017881393432617e-01);
INSERT INTO "metrics" VALUES(1,1,1,1.45712542533874511718e+00,1.22815227508544921875e+00,2.33333349227905273437e-01);
INSERT INTO "metrics" VALUES(1,2,0,9.70802247524261474609e-01,4.28240805864334106445e-01,6.66666686534881591796e-01);
INSERT INTO "metrics" VALUES(1,2,1,5.80149114131927490234e-01,2.92375981807708740234e-01,8.33333373069763183593e-01);
INSERT INTO "metrics" VALUES(1,3,0,1.201625823974609375e+00,7.08799004554748535156e-01,7.33333349227905273437e-01);
INSERT INTO "metrics" VALUES(1,3,1,6.98371648788452148437e-01,4.49207335710525512695e-01,8.33333373069763183593e-01);
CREATE TABLE rounds (
	study_id INTEGER NOT NULL,
	round INTEGER NOT NULL,
	region JSON,
	PRIMARY KEY (study_id, round),
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "rounds" VALUES(1,0,NULL);
INSERT INTO "rounds" VALUES(1,1,NULL);
INSERT INTO "rounds" VALUES(1,2,'{"round":2,"trials":2,"dimensions":[{"kind":"span","dimension":"learning_rate","low":0.0018530285697620542,"high":0.3236594294755035,"inside":1,"elites":2,"edge":null},{"kind":"shares","dimension":"optimizer","counts":[["momentum",0],["nesterov",1],["rmsprop",0],["adam",0],["adamw",1]],"elites":2},{"kind":"span","dimension":"momentum","low":0.9096053768219282,"high":0.99,"inside":1,"elites":1,"edge":null},{"kind":"span","dimension":"beta1","low":0.889417118805251,"high":0.9760741320904532,"inside":1,"elites":1,"edge":null},{"kind":"shares","dimension":"decay","counts":[["none",1],["exponential",0],["cosine",1]],"elites":2},{"kind":"span","dimension":"decay_rate","low":0.01,"high":0.3,"inside":0,"elites":0,"edge":null},{"kind":"span","dimension":"weight_decay","low":8.783372254536108e-05,"high":0.00012695835577972793,"inside":2,"elites":2,"edge":null},{"kind":"span","dimension":"hidden_layers","low":1,"high":2,"inside":2,"elites":2,"edge":null},{"kind":"span","dimension":"hidden_units","low":8,"high":64,"inside":2,"elites":2,"edge":null},{"kind":"span","dimension":"dropout","low":0.12310894742902638,"high":0.3353391551868244,"inside":1,"elites":2,"edge":null},{"kind":"span","dimension":"label_smoothing","low":0.01700949286187149,"high":0.12306404267402385,"inside":1,"elites":2,"edge":null}]}');
INSERT INTO "rounds" VALUES(1,3,'{"round":3,"trials":3,"dimensions":[{"kind":"span","dimension":"learning_rate","low":0.004952791705385144,"high":0.6177512969662846,"inside":2,"elites":3,"edge":null},{"kind":"shares","dimension":"optimizer","counts":[["momentum",0],["nesterov",1],["rmsprop",0],["adam",0],["adamw",2]],"elites":3},{"kind":"span","dimension":"momentum","low":0.8991544139858825,"high":0.99,"inside":1,"elites":1,"edge":null},{"kind":"span","dimension":"beta1","low":0.9189671669669511,"high":0.9706886882707056,"inside":2,"elites":2,"edge":null},{"kind":"shares","dimension":"decay","counts":[["none",2],["exponential",0],["cosine",1]],"elites":3},{"kind":"span","dimension":"decay_rate","low":0.01,"high":0.3,"inside":0,"elites":0,"edge":null},{"kind":"span","dimension":"weight_decay","low":8.711001810074979e-05,"high":0.00012591228459322163,"inside":3,"elites":3,"edge":null},{"kind":"span","dimension":"hidden_layers","low":1,"high":2,"inside":3,"elites":3,"edge":null},{"kind":"span","dimension":"hidden_units","low":8,"high":64,"inside":3,"elites":3,"edge":null},{"kind":"span","dimension":"dropout","low":0.14191626907461274,"high":0.28546478110447804,"inside":2,"elites":3,"edge":null},{"kind":"span","dimension":"label_smoothing","low":0.0,"high":0.10882276030757534,"inside":2,"elites":3,"edge":null}]}');
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
INSERT INTO "studies" VALUES(1,'iris-1','2026-11-27 12:39:57.728104','complete','{"data":"iris","target":null,"seed":0,"trials":4,"epochs":2,"sampler":"coarse-to-fine","rounds":4,"network":"mlp","out":null,"fingerprint":"dd87662fa0c0c1028149aa31306e5aef0adfa538d823e57345ce504a6d72992e","examples":{"train":90,"dev":30,"test":30},"features":4,"classes":["setosa","versicolor","virginica"],"notes":[],"versions":{"python":"3.11.7","ikura":"0.1.0","jax":"0.10.2","jaxlib":"0.10.2","numpy":"2.4.6","scikit-learn":"1.9.1"},"machine":"2 x AMD EPYC, cpu"}','[learning_rate]
type = "float"
low = 0.0001
high = 1.0
scale = "log"

[optimizer]
type = "choice"
options = ["momentum", "nesterov", "rmsprop", "adam", "adamw"]

[momentum]
type = "float"
low = 0.8
high = 0.99
scale = "one-minus-log"
when = { optimizer = ["momentum", "nesterov"] }

[beta1]
type = "float"
low = 0.8
high = 0.99
scale = "one-minus-log"
when = { optimizer = ["adam", "adamw"] }

[decay]
type = "choice"
options = ["none", "exponential", "cosine"]

[decay_rate]
type = "float"
low = 0.01
high = 0.3
scale = "log"
when = { decay = ["exponential"] }

[weight_decay]
type = "float"
low = 1e-06
high = 0.01
scale = "log"

[hidden_layers]
type = "int"
low = 1
high = 2

[hidden_units]
type = "int"
low = 8
high = 64
scale = "log"

[dropout]
type = "float"
low = 0.0
high = 0.5

[label_smoothing]
type = "float"
low = 0.0
high = 0.2
','{"best":{"number":0,"config":{"learning_rate":0.0463030888224458,"optimizer":"adamw","beta1":0.9485627429918482,"decay":"none","weight_decay":0.00010913481949416533,"hidden_layers":1,"hidden_units":47,"dropout":0.2030408508144319,"label_smoothing":0.0569526381790638},"dev_accuracy":0.8750000447034836,"dev_loss":0.2866242900490761},"finalists":[{"number":0,"config":{"learning_rate":0.0463030888224458,"optimizer":"adamw","beta1":0.9485627429918482,"decay":"none","weight_decay":0.00010913481949416533,"hidden_layers":1,"hidden_units":47,"dropout":0.2030408508144319,"label_smoothing":0.0569526381790638},"search_dev_accuracy":0.9333333969116211,"dev_accuracy":[0.9000000357627869,0.9000000357627869,0.8333333730697632,0.8666667342185974],"dev_loss":[0.25032418966293335,0.3276797831058502,0.2996142506599426,0.2688789367675781]}],"test":{"accuracy":0.9333333333333333,"interval":[0.7867654163738308,0.9815229762087295],"correct":28,"examples":30,"loss":0.18927608948282423,"confusion":[[10,0,0],[0,9,1],[0,1,9]],"classes":["setosa","versicolor","virginica"]},"trials":4,"diverged":0,"epochs":2,"seconds":{"total":2.2361223560001235,"search":1.4214885900000809,"finals":0.8146337660000427,"compile":1.5893777150013193},"resumed":0,"trials_per_second":2.8139515351296436,"programs":3,"model":null}');
CREATE TABLE trials (
	study_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	round INTEGER NOT NULL,
	state VARCHAR(20) NOT NULL,
	config JSON NOT NULL,
	PRIMARY KEY (study_id, number),
	FOREIGN KEY(study_id, round) REFERENCES rounds (study_id, round) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "trials" VALUES(1,0,0,'complete','{"learning_rate":0.0463030888224458,"optimizer":"adamw","beta1":0.9485627429918482,"decay":"none","weight_decay":0.00010913481949416533,"hidden_layers":1,"hidden_units":47,"dropout":0.2030408508144319,"label_smoothing":0.0569526381790638}');
INSERT INTO "trials" VALUES(1,1,1,'complete','{"learning_rate":0.0017909579370646274,"optimizer":"nesterov","momentum":0.9808332773871501,"decay":"cosine","weight_decay":9.224291823697115e-05,"hidden_layers":2,"hidden_units":8,"dropout":0.33673970121890306,"label_smoothing":0.12376391608268023}');
INSERT INTO "trials" VALUES(1,2,2,'complete','{"learning_rate":0.21186755995301787,"optimizer":"adamw","beta1":0.9568085086049942,"decay":"none","weight_decay":9.889970917872444e-05,"hidden_layers":1,"hidden_units":15,"dropout":0.20363613292365842,"label_smoothing":0.010851733312096025}');
INSERT INTO "trials" VALUES(1,3,3,'complete','{"learning_rate":0.013034240713279648,"optimizer":"momentum","momentum":0.9619182768978206,"decay":"none","weight_decay":9.85883897126933e-05,"hidden_layers":1,"hidden_units":53,"dropout":0.19814483827179596,"label_smoothing":0.07324252499078172}');
CREATE INDEX ix_events_study_id ON events (study_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',1);
COMMIT;
