package proxy

import (
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// Settings are what the configuration's global parameters and the modules'
// modparams say. They are fixed once [New] is called.
type Settings struct {
	Listeners []transport.ListenerConfig
	TCP       transport.TCPConfig
	UDPMTU    int // udp_mtu: bytes from which on a request goes by TCP; zero: none does
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
	DNSTimeout   time.Duration // one look-up; default 5 s
	LogLevel     int           // log_level and xlog_level: -3..4
}

// DefaultSettings are OpenSIPS's defaults.
func DefaultSettings() Settings {
	return Settings{
		Timing: tm.Timing{
			T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second,
			FR: 30 * time.Second, FRInvite: 120 * time.Second, RestartFROnEachReply: true,
		},
		AutoTrying:   true,
		UDPMTU:       1300,
		Overload:     50 * time.Millisecond,
		AsyncTimeout: 30 * time.Second,
		DNSTimeout:   5 * time.Second,
		LogLevel:     2,
	}
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
