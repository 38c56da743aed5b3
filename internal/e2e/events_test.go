package e2e

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// The first message waits, in the kernel, for the startup_route; over TCP the connection
// does. Had it been taken before, who subscribes at the route's end would not hear of it.
func TestStartupRoute(t *testing.T) {
	t.Parallel()
	hears, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hears.Close()
	hears.SetReadDeadline(time.Now().Add(patience))
	p := start(t, `
socket=udp:[proxy]
socket=tcp:[proxy]
loadmodule "proto_tcp.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "cfgutils.so"
loadmodule "event_datagram.so"
startup_route {
	sleep(1);
	subscribe_event("E_MESSAGE", "udp:[hears]");
}
route {
	$avp(n) = "user"; $avp(v) = $rU;
	$avp(n) = "count"; $avp(v) = 7;
	raise_event("E_MESSAGE", $avp(n), $avp(v));
	sl_send_reply(200, "OK");
}
`, map[string]string{"hears": hears.LocalAddr().String()}, "-n", "2")
	udp, tcp := siptest.Listen(t), siptest.Listen(t)
	tcp.UseTCP()
	for user, e := range map[string]*siptest.Endpoint{"udp": udp, "tcp": tcp} {
		e.SendBytes(p.Addr, []byte(strings.ReplaceAll("OPTIONS sip:"+user+"@proxy SIP/2.0\nVia: SIP/2.0/"+strings.ToUpper(user)+" "+e.Addr()+";branch=z9hG4bK"+user+
			"\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: "+user+"\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n", "\n", "\r\n")))
	}
	udp.Expect("200", patience)
	tcp.Expect("200", patience)
	got := map[string]bool{}
	for range 2 {
		b := make([]byte, 2000)
		n, _, err := hears.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		got[string(b[:n])] = true
	}
	for _, user := range []string{"udp", "tcp"} {
		if want := `{"jsonrpc":"2.0","method":"E_MESSAGE","params":{"count":7,"user":"` + user + `"}}`; !got[want] {
			t.Errorf("nobody was told %s, but %v", want, got)
		}
	}
}
