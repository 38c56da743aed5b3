package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// A received request may have 1,024 header fields. What the proxy sends on has a Via more, and
// is beyond that limit. It must be able to read it again for the CANCEL and the ACK, whose
// fields "MUST" be those of the request (RFC 3261 §9.1, §17.1.1.3).
func TestLargestRequestIsCancelledAndAcknowledged(t *testing.T) {
	t.Parallel()
	n := siptest.NewNet()
	var got []int
	var atBob []string
	var invite sipparse.Msg
	bob := n.Listen(func(_ loop.Addr, b []byte) {
		if strings.HasPrefix(string(b), "INVITE ") {
			invite.ParseLimited(slices.Clone(b), &sipparse.Limits{Headers: 2000})
		}
		atBob = append(atBob, strings.Fields(string(b))[0])
	})
	alice := n.Listen(func(_ loop.Addr, b []byte) {
		var code int
		fmt.Sscanf(string(b), "SIP/2.0 %d", &code)
		got = append(got, code)
	})
	p := siptest.StartVirtual(t, n, siptest.VirtualConfig{Script: "socket=udp:[proxy]\nloadmodule \"tm.so\"\nroute { t_relay(); }\n"})
	proxy := p.Transport().Listeners()[0].Addr()
	send := func(method, more string) {
		n.Send(alice, proxy, []byte(method+" sip:b@"+bob.String()+" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx;rport\r\n"+
			"From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: v\r\nCSeq: 1 "+method+"\r\nMax-Forwards: 9\r\n"+more+"Content-Length: 0\r\n\r\n"))
		n.Run(time.Millisecond, nil)
	}
	answer := func(code int) {
		n.Send(bob, proxy, invite.AppendReply(nil, &sipparse.ReplyOptions{Code: code, ToTag: []byte("2")}))
		n.Run(time.Millisecond, nil)
	}
	send("INVITE", strings.Repeat("X: 1\r\n", 1024-7))
	answer(180)
	send("CANCEL", "")
	answer(487)
	if want := []int{100, 180, 200, 487}; !slices.Equal(got, want) {
		t.Errorf("alice got %v, want %v", got, want)
	}
	if want := []string{"INVITE", "CANCEL", "ACK"}; !slices.Equal(atBob, want) {
		t.Errorf("bob got %v, want %v", atBob, want)
	}
}
