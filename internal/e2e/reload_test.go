package e2e

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

const waitingScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
route {
	sleep(60);
	t_reply(200, "OK");
}
`

const waitingOptions = "OPTIONS sip:127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP ADDR;branch=z9hG4bKreload\r\nMax-Forwards: 70\r\n" +
	"From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: reload\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

// "Old programs are released when the last pin goes": a run that is parked keeps its
// version, and nothing else does, be it transactions that linger, pools or modules.
func TestReloadReleasesOldPrograms(t *testing.T) {
	n := siptest.NewNet()
	answered := false
	at := n.Listen(func(_ loop.Addr, b []byte) { answered = answered || strings.HasPrefix(string(b), "SIP/2.0 200 ") })
	v := siptest.StartVirtual(t, n, siptest.VirtualConfig{Script: waitingScript})
	first := weak.Make(v.Program())
	n.Send(at, v.Transport().Listeners()[0].Addr(), []byte(strings.ReplaceAll(waitingOptions, "ADDR", at.String())))
	n.Run(time.Second, nil)

	if err := v.Reload(waitingScript); err != nil {
		t.Fatal(err)
	}
	second := weak.Make(v.Program())
	if err := v.Reload(waitingScript); err != nil {
		t.Fatal(err)
	}
	if released(first) {
		t.Fatal("the version of a parked run is gone")
	}
	if !released(second) {
		t.Error("a version that never ran is kept")
	}
	if n.Run(2*time.Minute, func() bool { return answered }); !answered {
		t.Fatal("the run did not go on")
	}
	if !released(first) {
		t.Error("the version of a run that has ended is kept")
	}
}

func released(p weak.Pointer[script.Program]) bool {
	for range 5 {
		runtime.GC()
		if p.Value() == nil {
			return true
		}
	}
	return false
}
