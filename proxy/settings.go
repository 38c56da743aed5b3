package proxy

import (
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/transport/steer"
)

// Settings are what the configuration's global parameters and the modules'
// modparams say. They are fixed once [New] is called.
type Settings struct {
	Listeners []transport.ListenerConfig
	Bonds     []transport.BondConfig
	TCP       transport.TCPConfig
	UDPMTU    int        // udp_mtu: bytes from which on a request goes by TCP; zero: none does
	Steering  steer.Mode // steering: how the kernel may choose the loop of a datagram
	ICMP      bool       // icmp_errors: a request that the network returns has failed
	NoDialOut uint32     // tcp_no_new_conn_bflag: branch flags of branches that no connection is made for
	NoDialUp  uint32     // tcp_no_new_conn_rplflag: message flags of requests whose responses none is made for
	RecvBuf   int        // maxbuffer: bytes asked for as SO_RCVBUF; zero leaves the kernel's

	PersistencyFile string // restart_persistency_cache_file: what modules keep over a restart

	TM                      bool // tm is loaded: transactions exist
	Timing                  tm.Timing
	RURIMatching            bool   // ruri_matching
	Via1Matching            bool   // via1_matching
	AutoTrying              bool   // auto_100trying
	OnReplyAVP              bool   // onreply_avp_mode
	Disable6xxBlock         bool   // disable_6xx_block
	Hold6xx                 bool   // hold_6xx: a 6xx waits for the branches that it has cancelled
	MinorFlag               uint32 // minor_branch_flag: branch flags of which one makes a branch minor
	LocalReplyRoute         string // local_reply_route: shown the responses made here
	LocalRequestRoute       string // local_request_route: shown the requests made here
	Disable503Translation   bool   // disable_503_translation
	DisableStatelessForward bool   // disable_stateless_fwd
	ForwardStrayReplies     bool   // forward_stray_replies
	RFC4320                 bool   // rfc4320: no 408 and no 1xx but a late 100 to a non-INVITE
	RFC3261Order            bool   // reply_order: which final response is the best one
	RejectMerged            bool   // merged_requests
	LoopDetection           bool   // loop_detection
	MaxBreadth              int    // max_breadth, where a request has none; 0: no matter

	Aliases []transport.Alias // alias, auto_aliases
	// ReplyTakers are asked of responses to no transaction of ours, on the loop of their
	// Call-ID: one that was to a request of a module's own making goes no further.
	ReplyTakers         []func(*loop.Loop, *sipparse.Msg) bool
	AliasFuncs          []func(host []byte) bool // further names that change while the proxy runs, such as the domain module's
	MultiHomed          bool                     // mhomed: the kernel's routing chooses among the sockets
	CheckMaxForwards    bool                     // count the hop, and refuse 0, when the script has not
	CheckProxyRequire   bool                     // answer 420 to what ProxyRequireOptions does not list
	ProxyRequireOptions []string
	UseReceived         bool // use_received of path: loose_route() follows the received of our Route
	StripMaddr          bool // take a maddr off that names this proxy

	Routed []func(*Context) // told of requests whose Route loose_route() has followed

	IP            loop.IPOptions // tos, mcast_ttl, mcast_loopback
	ServerLine    []byte         // header line of responses made here, with its CRLF; empty: none
	UserAgent     []byte         // likewise of requests
	SIPWarning    bool           // sip_warning: a Warning in responses made here
	DefaultDB     string         // db_default_url
	Abort         func()         // ends the process, for abort_on_assert; nil: SIGABRT
	SlowMessage   time.Duration  // exec_msg_threshold; zero: no matter
	SlowDNS       time.Duration  // exec_dns_threshold; zero: no matter
	DBConns       int            // db_max_async_connections: for each database URL, all loops together
	Overload      time.Duration  // overload_wait: how long a datagram may wait for its loop; zero: no matter
	RetryAfter    int            // overload_retry_after: the least of a 503's Retry-After, in seconds; zero: without
	AsyncTimeout  time.Duration  // deadline of operations that name none; default 30 s
	StartupTime   time.Duration  // startup_time: until the startup_route is not waited for any more; zero: for ever
	MaxParkedTime time.Duration  // max_parked_time of one run; zero: no limit
	DrainTime     time.Duration  // drain_time: how long a stop waits for what is under way
	AsyncCancel   bool           // async_cancel: a CANCEL ends what the run of its INVITE waits for
	MaxEvents     int            // max_events: event_routes of one loop that wait or are parked
	LogLevel      int            // log_level: -3..4
	XlogLevel     int            // xlog_level
	NoColour      bool           // $C has no value: nobody reads the log on a terminal, and xlog_force_color is off
	OwnXlogLevel  bool           // it was set, and is not log_level's

	Options map[string]string // of the command line, -o name=value

	DNS                dns.Config    // of the resolver that all share
	DNSTimeout         time.Duration // to find the next address of a name; default 5 s
	TryIPv6            bool          // dns_try_ipv6: also where IPv4 can be sent by
	NoNAPTR            bool          // dns_try_naptr off
	DisableDNSFailover bool          // disable_dns_failover
	Blacklists         Blacklists    // dst_blacklist, and "dns" where disable_dns_blacklist is off
}

// DefaultSettings are OpenSIPS's defaults.
func DefaultSettings() Settings {
	return Settings{
		Timing: tm.Timing{
			T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second,
			FR: 30 * time.Second, FRInvite: 120 * time.Second, RestartFROnEachReply: true,
		},
		RURIMatching: true, Via1Matching: true,
		AutoTrying: true, RFC4320: true, LoopDetection: true, MaxBreadth: 60,
		CheckMaxForwards: true, CheckProxyRequire: true, StripMaddr: true,
		UDPMTU:       1300,
		ICMP:         true,
		Overload:     50 * time.Millisecond,
		RetryAfter:   5,
		AsyncTimeout: 30 * time.Second,
		StartupTime:  30 * time.Second, MaxParkedTime: 180 * time.Second, MaxEvents: 1024, DrainTime: 5 * time.Second,
		DNSTimeout: 5 * time.Second,
		LogLevel:   2,
		XlogLevel:  2,
	}
}

// SetOption keeps what the command line says with -o: name=value, or name alone.
func (s *Settings) SetOption(text string) {
	name, value, _ := strings.Cut(text, "=")
	if s.Options == nil {
		s.Options = map[string]string{}
	}
	s.Options[name] = value
}

// DefaultPort sets the port of the listeners of p that were written without one.
func (s *Settings) DefaultPort(p transport.Proto, port int) {
	for i := range s.Listeners {
		lc := &s.Listeners[i]
		for k, b := range lc.Binds {
			if lc.Proto == p && lc.NoPort {
				lc.Binds[k] = netip.AddrPortFrom(b.Addr(), uint16(port))
			}
		}
	}
}
