package proxy

import (
	"time"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// Settings are what the configuration's global parameters and the modules'
// modparams say. They are fixed once [New] is called.
type Settings struct {
	Listeners []transport.ListenerConfig
	RecvBuf   int // maxbuffer: bytes asked for as SO_RCVBUF; zero leaves the kernel's

	TM                      bool // tm is loaded: transactions exist
	Timing                  tm.Timing
	AutoTrying              bool // auto_100trying
	OnReplyAVP              bool // onreply_avp_mode
	Disable503Translation   bool // disable_503_translation
	DisableStatelessForward bool // disable_stateless_fwd

	DBConns      int           // db_max_async_connections: for each database URL, all loops together
	Overload     time.Duration // how long a datagram may wait for its loop; zero: no matter
	AsyncTimeout time.Duration // deadline of operations that name none; default 30 s
	LogLevel     int           // log_level and xlog_level: -3..4

	DNS                dns.Config    // of the resolver that all share
	DNSTimeout         time.Duration // to find the next address of a name; default 5 s
	TryIPv6            bool          // dns_try_ipv6: also where IPv4 can be sent by
	NoNAPTR            bool          // dns_try_naptr off
	DisableDNSFailover bool          // disable_dns_failover
	DNSBlacklist       bool          // disable_dns_blacklist off
}

// DefaultSettings are OpenSIPS's defaults.
func DefaultSettings() Settings {
	return Settings{
		Timing: tm.Timing{
			T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second,
			FR: 30 * time.Second, FRInvite: 120 * time.Second, RestartFROnEachReply: true,
		},
		AutoTrying:   true,
		Overload:     50 * time.Millisecond,
		AsyncTimeout: 30 * time.Second,
		DNSTimeout:   5 * time.Second,
		LogLevel:     2,
	}
}
