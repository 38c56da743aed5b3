package schema

var cachedb = &Table{Name: "cachedb", Version: 2, Doc: "keys and values, for cachedb_sql",
	Columns: []Column{serial("id"), mustStr("keyname", 255), must("value", Text), num("counter", Int, 0), num("expires", Uint, 0)},
	Indexes: []Index{unique("cachedbsql_keyname_idx", "keyname")}}

var clusterer = &Table{Name: "clusterer", Version: 4, Doc: "the nodes of clusters, for clusterer",
	Columns: []Column{serial("id"), must("cluster_id", Int), must("node_id", Int), mustStr("url", 64), num("state", Int, 1),
		num("no_ping_retries", Int, 3), num("priority", Int, 50), optStr("sip_addr", 64), optStr("flags", 64), optStr("description", 64)},
	Indexes: []Index{unique("clusterer_idx", "cluster_id", "node_id")},
	Changes: []Change{{Rename: [2]string{"machine_id", "node_id"}}, {Rename: [2]string{"failed_attempts", "no_ping_retries"}}}}

var tlsMgm = &Table{Name: "tls_mgm", Version: 3, Doc: "TLS domains, for tls_mgm",
	Columns: []Column{serial("id"), mustStr("domain", 64), optStr("match_ip_address", 255), optStr("match_sip_domain", 255), num("type", Int, 1),
		optStr("method", 16).or("'SSLv23'"), opt("verify_cert", Int).or("1"), opt("require_cert", Int).or("1"), opt("certificate", Blob),
		opt("private_key", Blob), opt("crl_check_all", Int).or("0"), optStr("crl_dir", 255), opt("ca_list", MediumBlob), optStr("ca_dir", 255),
		optStr("cipher_list", 255), opt("dh_params", Blob), optStr("ec_curve", 255)},
	Indexes: []Index{unique("domain_type_idx", "domain", "type")},
	Changes: []Change{{Rename: [2]string{"address", "match_ip_address"}}}}

var rtpengine = &Table{Name: "rtpengine", Version: 1, Doc: "sockets of RTP engines, for rtpengine",
	Columns: []Column{serial("id"), must("socket", Text), must("set_id", Uint)},
	Foreign: []string{"setid"}}

var rtpproxy = &Table{Name: "rtpproxy_sockets", Version: 0, Doc: "sockets of RTP proxies, for rtpproxy",
	Columns: []Column{serial("id"), must("rtpproxy_sock", Text), must("set_id", Uint)}}

var sipTrace = &Table{Name: "sip_trace", Version: 5, Doc: "messages, for tracer",
	Columns: []Column{serial("id"), {Name: "time_stamp", Type: Time, Default: never}, str("callid", 255), optStr("trace_attrs", 255), must("msg", Text),
		str("method", 32), optStr("status", 255), mustStr("from_proto", 5), str("from_ip", 50), must("from_port", Uint), mustStr("to_proto", 5),
		str("to_ip", 50), must("to_port", Uint), str("fromtag", 64), str("direction", 4)},
	Indexes: []Index{index("trace_attrs_idx", "trace_attrs"), index("date_idx", "time_stamp"), index("fromip_idx", "from_ip"), index("callid_idx", "callid")},
	Foreign: []string{"traced_user"}}
