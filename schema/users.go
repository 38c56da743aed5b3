package schema

// tables are all tables; each file of data adds its own.
var tables = []*Table{
	subscriber, uri, grp, reGrp, preferences, aliases, domain, address,
	location, acc, missedCalls, dialog, registrant,
	dispatcher, gateways, rules, carriers, groups, partitions, loadBalancer, dialplan,
	cachedb, clusterer, tlsMgm, rtpengine, rtpproxy, sipTrace,
}

var subscriber = &Table{Name: "subscriber", Version: 8, Doc: "who may register and call, for auth_db",
	Columns: []Column{serial("id"), str("username", 64), str("domain", 64), str("password", 25),
		str("ha1", 64), str("ha1_sha256", 64), str("ha1_sha512t256", 64)},
	Indexes: []Index{unique("account_idx", "username", "domain"), index("username_idx", "username")}}

var uri = &Table{Name: "uri", Version: 2, Doc: "which URIs a user may call himself, for auth_db's db_check_to and db_check_from",
	Columns: []Column{serial("id"), str("username", 64), str("domain", 64), str("uri_user", 64), modified()},
	Indexes: []Index{unique("account_idx", "username", "domain", "uri_user")}}

var grp = &Table{Name: "grp", Version: 3, Doc: "who is in which group, for group",
	Columns: []Column{serial("id"), str("username", 64), str("domain", 64), str("grp", 64), modified()},
	Indexes: []Index{unique("account_group_idx", "username", "domain", "grp")}}

var reGrp = &Table{Name: "re_grp", Version: 2, Doc: "groups by regular expressions, for group",
	Columns: []Column{serial("id"), str("reg_exp", 128), num("group_id", Int, 0)},
	Indexes: []Index{index("group_idx", "group_id")}}

var preferences = &Table{Name: "usr_preferences", Version: 3, Doc: "attributes of users, for sqlops and avpops",
	Columns: []Column{serial("id"), str("uuid", 64), str("username", 64).or("'0'"), str("domain", 64), str("attribute", 32),
		num("type", Int, 0), str("value", 128), modified()},
	Indexes: []Index{index("ua_idx", "uuid", "attribute"), index("uda_idx", "username", "domain", "attribute"), index("value_idx", "value")}}

var aliases = &Table{Name: "dbaliases", Version: 2, Doc: "further names of users, for alias_db",
	Columns: []Column{serial("id"), str("alias_username", 64), str("alias_domain", 64), str("username", 64), str("domain", 64)},
	Indexes: []Index{unique("alias_idx", "alias_username", "alias_domain"), index("target_idx", "username", "domain")}}

var domain = &Table{Name: "domain", Version: 4, Doc: "the domains that are ours, for domain",
	Columns: []Column{serial("id"), str("domain", 64), optStr("attrs", 255), num("accept_subdomain", Uint, 0), modified()},
	Indexes: []Index{unique("domain_idx", "domain")},
	Foreign: []string{"did"}}

var address = &Table{Name: "address", Version: 5, Doc: "addresses and networks that are trusted, for permissions",
	Columns: []Column{serial("id"), num("grp", Uint16, 0), mustStr("ip", 50), num("mask", Uint16, 32), num("port", Uint16, 0),
		str("proto", 4).or("'any'"), optStr("pattern", 64), optStr("context_info", 32)},
	Foreign: []string{"ip_addr"}}
