package schema

var location = &Table{Name: "location", Version: 1013, Doc: "contacts, for usrloc",
	Columns: []Column{{Name: "contact_id", Type: BigSerial}, str("username", 64), optStr("domain", 64), must("contact", Text),
		optStr("received", 255), optStr("path", 255), must("expires", Uint), {Name: "q", Type: Float, Default: "1.0"},
		str("callid", 255).or("'Default-Call-ID'"), num("cseq", Int, 13), modified(), num("flags", Int, 0), optStr("cflags", 255),
		str("user_agent", 255), optStr("socket", 64), opt("methods", Int), optStr("sip_instance", 255), opt("kv_store", Text), optStr("attr", 255)},
	// OpenSIPS has none; without it each look-up in working mode sql-only reads the whole table.
	Indexes: []Index{index("account_idx", "username", "domain")},
	Changes: []Change{
		{Rename: [2]string{"id", "contact_id"}},
		{Unique: []string{"username", "domain", "contact", "callid"}},
		{Column: "cflags", From: IsInt, Computed: [3]string{"NULL", "NULL", "NULL"}}, // a flag's number does not say its name
		{Column: "expires", From: IsTime, Computed: [3]string{"COALESCE(UNIX_TIMESTAMP(expires), 0)",
			"LEAST(EXTRACT(EPOCH FROM expires::timestamptz), 2147483647)::integer", "COALESCE(CAST(strftime('%s', expires, 'utc') AS INTEGER), 0)"}}},
	Foreign: []string{"ruid"}}

var acc = &Table{Name: "acc", Version: 7, Doc: "what was accounted, for acc",
	Columns: []Column{serial("id"), str("method", 16), str("from_tag", 64), str("to_tag", 64), str("callid", 64), str("sip_code", 3),
		str("sip_reason", 32), must("time", Time), num("duration", Uint, 0), num("ms_duration", Uint, 0), num("setuptime", Uint, 0), opt("created", Time)},
	Indexes: []Index{index("callid_idx", "callid")}}

var missedCalls = &Table{Name: "missed_calls", Version: 5, Doc: "calls that nobody took, for acc",
	Columns: []Column{serial("id"), str("method", 16), str("from_tag", 64), str("to_tag", 64), str("callid", 64), str("sip_code", 3),
		str("sip_reason", 32), must("time", Time), num("setuptime", Uint, 0), opt("created", Time)},
	Indexes: []Index{index("callid_idx", "callid")}}

var dialog = &Table{Name: "dialog", Version: 12, Doc: "calls under way, for dialog",
	Columns: []Column{{Name: "dlg_id", Type: BigUint, Key: true}, mustStr("callid", 255), mustStr("from_uri", 255), mustStr("from_tag", 64),
		mustStr("to_uri", 255), mustStr("to_tag", 64), optStr("mangled_from_uri", 255), optStr("mangled_to_uri", 255),
		mustStr("caller_cseq", 11), mustStr("callee_cseq", 11), must("caller_ping_cseq", Uint), must("callee_ping_cseq", Uint),
		opt("caller_route_set", Text), opt("callee_route_set", Text), optStr("caller_contact", 255), optStr("callee_contact", 255),
		mustStr("caller_sock", 64), mustStr("callee_sock", 64), must("state", Uint), must("start_time", Uint), must("timeout", Uint),
		opt("vars", Blob), opt("profiles", Text), optStr("script_flags", 255), num("module_flags", Uint, 0), num("flags", Uint, 0),
		optStr("rt_on_answer", 64), optStr("rt_on_timeout", 64), optStr("rt_on_hangup", 64)},
	// A flag's number says nothing about its name.
	Changes: []Change{{Column: "script_flags", From: IsInt, Computed: [3]string{"NULL", "NULL", "NULL"}}},
	Foreign: []string{"hash_entry"}}

var registrant = &Table{Name: "registrant", Version: 3, Doc: "where to register ourselves, for uac_registrant",
	Columns: []Column{serial("id"), str("registrar", 255), optStr("proxy", 255), str("aor", 255), optStr("third_party_registrant", 255),
		optStr("username", 64), optStr("password", 64), str("binding_URI", 255), optStr("binding_params", 64), opt("expiry", Uint),
		optStr("forced_socket", 64), optStr("cluster_shtag", 64), num("state", Int, 0)},
	Indexes: []Index{unique("registrant_idx", "aor", "binding_URI", "registrar")},
	Changes: []Change{{Unique: []string{"aor"}}}}
