package schema

var dispatcher = &Table{Name: "dispatcher", Version: 9, Doc: "sets of destinations, for dispatcher",
	Columns: []Column{serial("id"), num("setid", Int, 0), str("destination", 192), optStr("socket", 128), num("state", Int, 0),
		num("probe_mode", Uint, 0), str("weight", 64).or("'1'"), num("priority", Int, 0), optStr("attrs", 128), optStr("description", 64)},
	Foreign: []string{"flags"}}

var gateways = &Table{Name: "dr_gateways", Version: 6, Doc: "gateways, for drouting",
	Columns: []Column{serial("id"), mustStr("gwid", 64), num("type", Uint, 0), mustStr("address", 128), num("strip", Uint, 0),
		optStr("pri_prefix", 16), optStr("attrs", 255), num("probe_mode", Uint, 0), num("state", Uint, 0), optStr("socket", 128), optStr("description", 128)},
	Indexes: []Index{unique("dr_gw_idx", "gwid")}}

var rules = &Table{Name: "dr_rules", Version: 4, Doc: "which prefix goes where, for drouting",
	Columns: []Column{serial("ruleid"), mustStr("groupid", 255), mustStr("prefix", 64), optStr("timerec", 255), num("priority", Int, 0),
		optStr("routeid", 255), mustStr("gwlist", 255), str("sort_alg", 1).or("'N'"), opt("sort_profile", Uint), optStr("attrs", 255), optStr("description", 128)},
	Changes: []Change{sorting}}

var carriers = &Table{Name: "dr_carriers", Version: 3, Doc: "groups of gateways, for drouting",
	Columns: []Column{serial("id"), mustStr("carrierid", 64), mustStr("gwlist", 255), num("flags", Uint, 0), str("sort_alg", 1).or("'N'"),
		num("state", Uint, 0), optStr("attrs", 255), optStr("description", 128)},
	Indexes: []Index{unique("dr_carrier_idx", "carrierid")},
	Changes: []Change{sorting}}

// sorting: earlier versions numbered the algorithms, of which there was none but N.
var sorting = Change{Column: "sort_alg", From: IsInt, Computed: [3]string{"'N'", "'N'", "'N'"}}

var groups = &Table{Name: "dr_groups", Version: 2, Doc: "who has which rules, for drouting",
	Columns: []Column{serial("id"), mustStr("username", 64), optStr("domain", 128), num("groupid", Uint, 0), optStr("description", 128)}}

var partitions = &Table{Name: "dr_partitions", Version: 1, Doc: "databases of rules, for drouting",
	Columns: []Column{serial("id"), mustStr("partition_name", 255), mustStr("db_url", 255), optStr("drd_table", 255), optStr("drr_table", 255),
		optStr("drg_table", 255), optStr("drc_table", 255), optStr("ruri_avp", 255), optStr("gw_id_avp", 255), optStr("gw_priprefix_avp", 255),
		optStr("gw_sock_avp", 255), optStr("rule_id_avp", 255), optStr("rule_prefix_avp", 255), optStr("carrier_id_avp", 255)}}

var loadBalancer = &Table{Name: "load_balancer", Version: 3, Doc: "destinations with what they can take, for load_balancer",
	Columns: []Column{serial("id"), num("group_id", Uint, 0), mustStr("dst_uri", 128), mustStr("resources", 255), num("probe_mode", Uint, 0),
		optStr("attrs", 255), optStr("description", 128)},
	Indexes: []Index{index("dsturi_idx", "dst_uri")}}

var dialplan = &Table{Name: "dialplan", Version: 5, Doc: "translations of numbers, for dialplan",
	Columns: []Column{serial("id"), must("dpid", Int), num("pr", Int, 0), must("match_op", Int), mustStr("match_exp", 64), num("match_flags", Int, 0),
		optStr("subst_exp", 64), optStr("repl_exp", 32), optStr("timerec", 255), num("disabled", Int, 0), optStr("attrs", 255)},
	Foreign: []string{"match_len"}}
