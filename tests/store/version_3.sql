-- A database as version 0003 of Ikura left it: a complete study, one that was stopped, one of a user's own network, and one imported.
BEGIN TRANSACTION;
CREATE TABLE claims (
	study_id INTEGER NOT NULL,
	token VARCHAR(32) NOT NULL,
	host VARCHAR(255) NOT NULL,
	machine VARCHAR(255) NOT NULL,
	process INTEGER NOT NULL,
	started VARCHAR(40) NOT NULL,
	since DATETIME NOT NULL,
	heartbeat DATETIME NOT NULL,
	last_write VARCHAR(32) NOT NULL,
	PRIMARY KEY (study_id),
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
CREATE TABLE events (
	id INTEGER NOT NULL,
	study_id INTEGER NOT NULL,
	time DATETIME NOT NULL,
	kind VARCHAR(40) NOT NULL,
	message TEXT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,2,'2026-11-27 08:44:43.555944','interrupted','the study stopped before its end');
INSERT INTO "events" VALUES(2,3,'2026-11-27 08:44:45.809633','interrupted','the study stopped before its end');
INSERT INTO "events" VALUES(3,4,'2026-11-27 08:44:47.143977','imported','from Optuna''s study ''theirs''');
CREATE TABLE ikura_schema (
	version_num VARCHAR(32) NOT NULL,
	PRIMARY KEY (version_num)
);
INSERT INTO "ikura_schema" VALUES('0003');
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
INSERT INTO "metrics" VALUES(1,0,0,79596867289088.0,42975350489088.0,6.66666686534881591796e-01);
INSERT INTO "metrics" VALUES(1,0,1,31911583940608.0,29684140081152.0,5.33333361148834228515e-01);
INSERT INTO "metrics" VALUES(1,1,0,591072722944.0,5.70409251410376916995e+20,0.5);
INSERT INTO "metrics" VALUES(1,1,1,2.20035572620591104e+18,2.31061448294690044511e+23,3.33333343267440795898e-01);
INSERT INTO "metrics" VALUES(1,2,0,1.19825541973114013671e+00,0.953384280204773,6.00000023841857910156e-01);
INSERT INTO "metrics" VALUES(1,2,1,9.99442636966705322265e-01,8.58924746513366699218e-01,7.66666650772094726562e-01);
INSERT INTO "metrics" VALUES(1,4,0,6.79052591323852539062e-01,3.55228394269943237304e-01,0.800000011920929);
INSERT INTO "metrics" VALUES(1,4,1,6.84818625450134277343e-01,2.98957914113998413085e-01,8.99999976158142089843e-01);
INSERT INTO "metrics" VALUES(1,6,0,1.80215590789578751999e+18,4.21722873153978367998e+17,3.33333343267440795898e-01);
INSERT INTO "metrics" VALUES(1,6,1,5.8909733850972160001e+15,1009085376.0,3.33333343267440795898e-01);
INSERT INTO "metrics" VALUES(1,7,0,8.337001800537109375e-01,5.73500156402587890625e-01,7.66666650772094726562e-01);
INSERT INTO "metrics" VALUES(1,7,1,5.52221834659576416015e-01,4.38427090644836425781e-01,0.800000011920929);
INSERT INTO "metrics" VALUES(1,8,0,37769.70703125,197405648.0,0.0);
INSERT INTO "metrics" VALUES(1,8,1,911155648.0,1992965750784.0,3.33333343267440795898e-01);
INSERT INTO "metrics" VALUES(1,9,0,1.07786321640014648437e+00,8.42987775802612304687e-01,6.00000023841857910156e-01);
INSERT INTO "metrics" VALUES(1,9,1,8.33077192306518554687e-01,6.54456853866577148437e-01,0.800000011920929);
INSERT INTO "metrics" VALUES(1,10,0,4.49463939666748046875e+00,1.57585120201110839843e+00,7.33333349227905273437e-01);
INSERT INTO "metrics" VALUES(1,10,1,2.08282947540283203125e+00,6.85571193695068359375e-01,6.66666686534881591796e-01);
INSERT INTO "metrics" VALUES(1,11,0,2.49889731407165527343e+00,1.0668199539184570312e+01,3.33333343267440795898e-01);
INSERT INTO "metrics" VALUES(1,11,1,8.56798267364502,1.30922689437866210935e+01,6.00000023841857910156e-01);
INSERT INTO "metrics" VALUES(2,0,0,3628503138304.0,601121810808832.0,4.16666656732559204101e-01);
INSERT INTO "metrics" VALUES(2,0,1,30005228732416.0,1656893.875,0.5);
INSERT INTO "metrics" VALUES(2,1,0,1.64821166992187500004e+03,32394686464.0,5.83333313465118408203e-01);
INSERT INTO "metrics" VALUES(2,1,1,52643.42578125,56859869184.0,5.83333313465118408203e-01);
INSERT INTO "metrics" VALUES(2,2,0,1.07516562938690185546e+00,1.1163005828857421875e+00,4.16666656732559204101e-01);
INSERT INTO "metrics" VALUES(2,2,1,1.05708301067352294921e+00,1.07039809226989746093e+00,4.16666656732559204101e-01);
INSERT INTO "metrics" VALUES(3,0,0,1.05964314937591552734e+00,1.06262528896331787109e+00,5.66666722297668457031e-01);
INSERT INTO "metrics" VALUES(3,1,0,1.06084668636322021484e+00,1.03943777084350585937e+00,4.33333367109298706054e-01);
INSERT INTO "metrics" VALUES(3,2,0,9.48122322559356689453e-01,9.54039335250854492187e-01,6.66666686534881591796e-01);
INSERT INTO "metrics" VALUES(4,0,0,NULL,NULL,1.08160381205379962921e-03);
INSERT INTO "metrics" VALUES(4,0,1,NULL,NULL,2.16320762410759925842e-03);
INSERT INTO "metrics" VALUES(4,1,0,NULL,NULL,3.23356926441192626953e-01);
INSERT INTO "metrics" VALUES(4,1,1,NULL,NULL,6.46713852882385253906e-01);
INSERT INTO "metrics" VALUES(4,2,0,NULL,NULL,8.96639749407768249511e-03);
INSERT INTO "metrics" VALUES(4,2,1,NULL,NULL,1.79327949881553649902e-02);
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
INSERT INTO "rounds" VALUES(1,1,'{"round":1,"trials":4,"dimensions":[{"kind":"span","dimension":"learning_rate","low":0.001,"high":821001481.4756271,"inside":3,"elites":3,"edge":null},{"kind":"shares","dimension":"optimizer","counts":[["momentum",1],["adam",2]],"elites":3},{"kind":"span","dimension":"momentum","low":0.797597893021705,"high":0.99,"inside":1,"elites":1,"edge":null},{"kind":"span","dimension":"hidden_units","low":1,"high":5,"inside":2,"elites":3,"edge":null}]}');
INSERT INTO "rounds" VALUES(1,2,'{"round":2,"trials":8,"dimensions":[{"kind":"span","dimension":"learning_rate","low":0.001,"high":471.3508543894484,"inside":3,"elites":4,"edge":null},{"kind":"shares","dimension":"optimizer","counts":[["momentum",0],["adam",4]],"elites":4},{"kind":"span","dimension":"momentum","low":0.0,"high":0.99,"inside":0,"elites":0,"edge":null},{"kind":"span","dimension":"hidden_units","low":2,"high":6,"inside":4,"elites":4,"edge":null}]}');
INSERT INTO "rounds" VALUES(2,0,NULL);
INSERT INTO "rounds" VALUES(2,1,'{"round":1,"trials":3,"dimensions":[{"kind":"span","dimension":"learning_rate","low":0.03157375340857191,"high":312214340.1524405,"inside":2,"elites":3,"edge":null},{"kind":"shares","dimension":"optimizer","counts":[["momentum",1],["adam",2]],"elites":3},{"kind":"span","dimension":"momentum","low":0.9217732861924829,"high":0.99,"inside":1,"elites":1,"edge":null},{"kind":"span","dimension":"hidden_units","low":3,"high":8,"inside":2,"elites":3,"edge":null}]}');
INSERT INTO "rounds" VALUES(3,0,NULL);
INSERT INTO "rounds" VALUES(4,0,NULL);
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
INSERT INTO "studies" VALUES(1,'done','2026-11-27 08:44:41.992358','complete','{"data":"iris","target":null,"seed":0,"trials":12,"epochs":2,"sampler":"coarse-to-fine","rounds":3,"network":"mlp","out":"/home/me/out","fingerprint":"dd87662fa0c0c1028149aa31306e5aef0adfa538d823e57345ce504a6d72992e","examples":{"train":90,"dev":30,"test":30},"features":4,"columns":4,"classes":["setosa","versicolor","virginica"],"notes":[],"versions":{"python":"3.11.7","kernel":"v3","ikura":"0.1.0","jax":"0.10.2","jaxlib":"0.10.2","numpy":"2.4.6","scikit-learn":"1.9.1"},"machine":"2 x any, cpu"}','[learning_rate]
type = "float"
low = 0.001
high = 1000000000000.0
scale = "log"

[optimizer]
type = "choice"
options = ["momentum", "adam"]

[momentum]
type = "float"
low = 0.0
high = 0.99
scale = "one-minus-log"
when = { optimizer = ["momentum"] }

[hidden_units]
type = "int"
low = 1
high = 8
','{"best":{"number":4,"config":{"learning_rate":0.27178862875867443,"optimizer":"adam","hidden_units":4},"dev_accuracy":0.8666666597127914,"dev_loss":0.343277245759964},"finalists":[{"number":4,"config":{"learning_rate":0.27178862875867443,"optimizer":"adam","hidden_units":4},"search_dev_accuracy":0.8999999761581421,"dev_accuracy":[0.9333333373069763,0.8666666746139526,0.8333333134651184,0.8333333134651184],"dev_loss":[0.25844746828079224,0.2610444724559784,0.45434850454330444,0.3992685377597809]},{"number":7,"config":{"learning_rate":0.04712313055354933,"optimizer":"adam","hidden_units":5},"search_dev_accuracy":0.800000011920929,"dev_accuracy":[0.800000011920929,0.6000000238418579,0.699999988079071,0.800000011920929],"dev_loss":[0.5113158822059631,0.8408040404319763,0.5921995043754578,0.59239661693573]}],"test":{"accuracy":0.9,"interval":[0.7437891742081593,0.9654001112526658],"correct":27,"examples":30,"loss":0.28442605428619294,"confusion":[[10,0,0],[0,8,2],[0,1,9]],"classes":["setosa","versicolor","virginica"]},"trials":12,"diverged":2,"failed":0,"short_of_memory":false,"epochs":2,"seconds":{"total":0.692459362000136,"search":0.17997500899991792,"finals":0.5124843530002181,"compile":0.0},"resumed":0,"trials_per_second":66.67592387788392,"programs":0,"planned":{"trials":12,"epochs":2,"workers":2,"seconds":0.004260730695384546,"engine":"kernel","widths":[],"padding_waste":0.0,"parts":[{"hidden_layers":1,"units":[1,8],"batch_size":16,"activation":"relu","trials":12,"compile_seconds":0.0,"train_seconds":0.005071886228799999,"bare_seconds":0.005071886228799999}]},"model":"/home/me/out/done","troubles":[]}');
INSERT INTO "studies" VALUES(2,'half','2026-11-27 08:44:43.512636','interrupted','{"data":"<arrays>","target":null,"seed":0,"trials":9,"epochs":2,"sampler":"coarse-to-fine","rounds":3,"network":"mlp","out":null,"fingerprint":"427eae300d0bda587b97638414a34d28b7e9814ccd9928e718f3e0a2eafb06db","examples":{"train":36,"dev":12,"test":12},"features":3,"columns":3,"classes":[0,1],"notes":[],"versions":{"python":"3.11.7","kernel":"v3","ikura":"0.1.0","jax":"0.10.2","jaxlib":"0.10.2","numpy":"2.4.6","scikit-learn":"1.9.1"},"machine":"2 x any, cpu"}','[learning_rate]
type = "float"
low = 0.001
high = 1000000000000.0
scale = "log"

[optimizer]
type = "choice"
options = ["momentum", "adam"]

[momentum]
type = "float"
low = 0.0
high = 0.99
scale = "one-minus-log"
when = { optimizer = ["momentum"] }

[hidden_units]
type = "int"
low = 1
high = 8
',NULL);
INSERT INTO "studies" VALUES(3,'own','2026-11-27 08:44:43.615746','interrupted','{"data":"iris","target":null,"seed":0,"trials":3,"epochs":1,"sampler":"random","rounds":null,"network":"custom","out":null,"fingerprint":"dd87662fa0c0c1028149aa31306e5aef0adfa538d823e57345ce504a6d72992e","examples":{"train":90,"dev":30,"test":30},"features":4,"columns":4,"classes":["setosa","versicolor","virginica"],"notes":[],"versions":{"python":"3.11.7","kernel":"v3","ikura":"0.1.0","jax":"0.10.2","jaxlib":"0.10.2","numpy":"2.4.6","scikit-learn":"1.9.1"},"machine":"2 x any, cpu"}','[learning_rate]
type = "float"
low = 0.001
high = 0.3
scale = "log"

[weight_decay]
type = "float"
low = 0.0
high = 0.1

[units]
type = "int"
low = 4
high = 8
',NULL);
INSERT INTO "studies" VALUES(4,'theirs','2026-11-27 08:44:47.118429','interrupted','{"data":"<imported>","target":null,"seed":0,"trials":3,"epochs":2,"sampler":"optuna","rounds":null,"network":"custom","out":null,"fingerprint":"","examples":{"train":0,"dev":0,"test":0},"features":0,"columns":0,"classes":[],"notes":["imported from Optuna''s study ''theirs''"],"versions":{"optuna":"5.0.0"},"machine":""}','[rate]
type = "float"
low = 0.001
high = 1.0
scale = "log"
',NULL);
CREATE TABLE trials (
	study_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	round INTEGER NOT NULL,
	state VARCHAR(20) NOT NULL,
	config JSON NOT NULL,
	error TEXT,
	PRIMARY KEY (study_id, number),
	FOREIGN KEY(study_id, round) REFERENCES rounds (study_id, round) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "trials" VALUES(1,0,0,'complete','{"learning_rate":9909171.893505847,"optimizer":"adam","hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(1,1,0,'complete','{"learning_rate":390.0652276889891,"optimizer":"momentum","momentum":0.9842349701617107,"hidden_units":6}',NULL);
INSERT INTO "trials" VALUES(1,2,0,'complete','{"learning_rate":0.014282636503439802,"optimizer":"adam","hidden_units":2}',NULL);
INSERT INTO "trials" VALUES(1,3,0,'diverged','{"learning_rate":30992876486.025085,"optimizer":"momentum","momentum":0.9453724147056181,"hidden_units":8}',NULL);
INSERT INTO "trials" VALUES(1,4,1,'complete','{"learning_rate":0.27178862875867443,"optimizer":"adam","hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(1,5,1,'diverged','{"learning_rate":3916006.496957043,"optimizer":"momentum","momentum":0.9305337660878074,"hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(1,6,1,'complete','{"learning_rate":1837597030.772356,"optimizer":"adam","hidden_units":2}',NULL);
INSERT INTO "trials" VALUES(1,7,1,'complete','{"learning_rate":0.04712313055354933,"optimizer":"adam","hidden_units":5}',NULL);
INSERT INTO "trials" VALUES(1,8,2,'complete','{"learning_rate":37.39718133431422,"optimizer":"momentum","momentum":0.8846999678316955,"hidden_units":5}',NULL);
INSERT INTO "trials" VALUES(1,9,2,'complete','{"learning_rate":0.02371319112199243,"optimizer":"adam","hidden_units":6}',NULL);
INSERT INTO "trials" VALUES(1,10,2,'complete','{"learning_rate":2.4563415664937236,"optimizer":"adam","hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(1,11,2,'complete','{"learning_rate":16.52347898636053,"optimizer":"momentum","momentum":0.8976111298134491,"hidden_units":1}',NULL);
INSERT INTO "trials" VALUES(2,0,0,'complete','{"learning_rate":9909171.893505847,"optimizer":"adam","hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(2,1,0,'complete','{"learning_rate":390.0652276889891,"optimizer":"momentum","momentum":0.9842349701617107,"hidden_units":6}',NULL);
INSERT INTO "trials" VALUES(2,2,0,'complete','{"learning_rate":0.014282636503439802,"optimizer":"adam","hidden_units":2}',NULL);
INSERT INTO "trials" VALUES(2,3,1,'failed','{"learning_rate":1296739798.3283901,"optimizer":"adam","hidden_units":5}','Traceback:
ValueError: no
');
INSERT INTO "trials" VALUES(2,4,1,'waiting','{"learning_rate":166.6355784786687,"optimizer":"momentum","momentum":0.9564744985630789,"hidden_units":4}',NULL);
INSERT INTO "trials" VALUES(2,5,1,'waiting','{"learning_rate":17552477447.882984,"optimizer":"momentum","momentum":0.975815105632744,"hidden_units":3}',NULL);
INSERT INTO "trials" VALUES(3,0,0,'complete','{"learning_rate":0.0015856631930851572,"weight_decay":0.040243779199358724,"units":7}',NULL);
INSERT INTO "trials" VALUES(3,1,0,'complete','{"learning_rate":0.00228786754047018,"weight_decay":0.011531870403237244,"units":5}',NULL);
INSERT INTO "trials" VALUES(3,2,0,'complete','{"learning_rate":0.001964023608385517,"weight_decay":0.03768236904759647,"units":6}',NULL);
INSERT INTO "trials" VALUES(4,0,0,'complete','{"rate":0.002163207631421171}',NULL);
INSERT INTO "trials" VALUES(4,1,0,'complete','{"rate":0.6467138723303983}',NULL);
INSERT INTO "trials" VALUES(4,2,0,'complete','{"rate":0.017932794540559318}',NULL);
CREATE INDEX ix_events_study_id ON events (study_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',4);
COMMIT;
