package usrloc

import (
	"time"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/usrloc"
)

// settings are the module's parameters.
type settings struct {
	dbURL, cacheURL                                         string
	preset, clusterMode, persistency, sqlWrite, pingingMode int
	presetSet                                               bool
	interval                                                time.Duration
	skipVersion                                             bool
	columns                                                 map[string]*string // by OpenSIPS's default names

	useDomain, newestFirst, dumpKV, refresh bool
	matching, cseqDelay, hashSize           int
	latencyMin, latencyDelta                int
	natFlag                                 string
}

// columns of the table, as OpenSIPS names the parameters and the columns.
var columns = []struct{ param, name, doc string }{
	{"contact_id_column", "contact_id", "the contact's number"},
	{"user_column", "username", "the user of the address-of-record"},
	{"domain_column", "domain", "its domain, with use_domain"},
	{"contact_column", "contact", "the contact's URI"},
	{"expires_column", "expires", "when it ends, in Unix seconds"},
	{"q_column", "q", "its q"},
	{"callid_column", "callid", "Call-ID of its REGISTER"},
	{"cseq_column", "cseq", "CSeq of its REGISTER"},
	{"flags_column", "flags", "its flags"},
	{"cflags_column", "cflags", "its branch flags"},
	{"user_agent_column", "user_agent", "its User-Agent"},
	{"received_column", "received", "where its REGISTER came from"},
	{"path_column", "path", "its Path"},
	{"socket_column", "socket", "the listener that took the REGISTER"},
	{"methods_column", "methods", "the methods that it allows, as bits"},
	{"sip_instance_column", "sip_instance", "its +sip.instance"},
	{"kv_store_column", "kv_store", "its key-value store"},
	{"attr_column", "attr", "its attributes"},
}

func (s *settings) parameters(p *module.Params) {
	s.columns = map[string]*string{}
	p.String(&s.dbURL, "db_url", "", "the database, for the modes that have one")
	p.String(&s.cacheURL, "cachedb_url", "", "the key-value store, for full-sharing-cachedb-cluster")
	p.SecondsFrom(&s.interval, "timer_interval", 60*time.Second, time.Second, "seconds between two writings to the database, in the mode write-back, and between two deletions of rows that have ended")
	s.modes(p)
	p.Bool(&s.useDomain, "use_domain", true, "an address-of-record is user@domain; 0: just the user")
	p.Bool(&s.newestFirst, "desc_time_order", false, "contacts are tried the newest first; 0: by q")
	p.IntRange(&s.matching, "matching_mode", 0, 0, 1, "which contact a REGISTER is about: 0, the one with an equal URI (RFC 3261 §19.1.4); 1, it has to have the same Call-ID, too")
	p.IntRange(&s.cseqDelay, "cseq_delay", 20, 0, 1<<30, "seconds in which a REGISTER with the same Call-ID and CSeq is a retransmission; 0: it is an error at once")
	p.IntRange(&s.hashSize, "hash_size", 9, 1, 20, "logarithm of the least number of parts of a table; it grows anyhow")
	p.String(&s.natFlag, "nat_bflag", "", "name of the branch flag of contacts behind NAT, for registrar and nathelper, too")
	p.Bool(&s.refresh, "contact_refresh_timer", false, "raise E_UL_CONTACT_REFRESH for contacts with push notification before they end (registrar's pn_trigger_interval)")
	p.IntRange(&s.latencyMin, "latency_event_min_us", 0, 0, 1<<30, "microseconds of a ping from which on E_UL_LATENCY_UPDATE is raised; 0: see latency_event_min_us_delta")
	p.IntRange(&s.latencyDelta, "latency_event_min_us_delta", 0, 0, 1<<30, "microseconds by which it differs from the last one for that; both 0: always")
	p.Bool(&s.dumpKV, "mi_dump_kv_store", false, "commands show the key-value stores")
	for _, c := range columns {
		name := new(string)
		s.columns[c.name] = name
		p.String(name, c.param, c.name, "column of the table: "+c.doc)
	}
	p.Ignored("max_contact_delete", "a statement deletes up to 64 rows")
	p.Ignored("regen_broken_contactid", "a contact_id is any positive number: it has no hash in it that could be another one")
	p.Bool(&s.skipVersion, "skip_version_check", false, "take the table as it is, whatever the table version says of it; of fastsips")
	p.Ignored("location_cluster", "there is no cluster of OpenSIPS nodes; what is shared is the database, or the key-value store")
	p.Ignored("ha_cluster", "there is no cluster of OpenSIPS nodes")
	p.Ignored("ha_shtag", "there are no sharing tags")
	p.Ignored("skip_replicated_db_ops", "nothing is replicated from other nodes")
}

// config is what the store is to know of them.
func (s *settings) config(bus *event.Bus) usrloc.Config {
	matching := usrloc.MatchContact
	if s.matching == 1 {
		matching = usrloc.MatchContactCall
	}
	return usrloc.Config{Matching: matching, CSeqDelay: s.cseqDelay, NewestFirst: s.newestFirst, HashBits: uint(s.hashSize), UseDomain: s.useDomain,
		Events: bus, LatencyMin: uint32(s.latencyMin), LatencyDelta: uint32(s.latencyDelta), Refresh: s.refresh}
}
