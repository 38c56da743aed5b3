package e2e

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/invariants"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/acc"
	"github.com/fastsips/fastsips/modules/cfgutils"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/maxfwd"
	"github.com/fastsips/fastsips/modules/rr"
	"github.com/fastsips/fastsips/modules/sipmsgops"
	"github.com/fastsips/fastsips/modules/sl"
	"github.com/fastsips/fastsips/modules/tm"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A call through record_route and t_relay, its datagrams all from one source, so
// that with four loops three quarters of them are handed over to their owner:
// nothing is allocated, from the socket through the script and back.
func TestRelayedDatagramsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	for _, loops := range []int{1, 4} {
		t.Run("loops="+strconv.Itoa(loops), func(t *testing.T) {
			checkAllocs(t, loops, "t_relay();")
		})
	}
}

// The same over one TCP connection each to the caller and the callee.
func TestRelayedStreamMessagesDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	for _, loops := range []int{1, 4} {
		t.Run("loops="+strconv.Itoa(loops), func(t *testing.T) {
			_, tcp := startInProcess(t, loops, "t_relay();")
			checkAllocsOf(t, newStreamUA(t, tcp))
		})
	}
}

// Nor by what a script says about sockets, Record-Route and Via.
func TestChosenSocketsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 1, `add_rr_param(";x=1"); $socket_out = $socket_in; add_local_rport(); set_advertised_address("127.0.0.1"); t_relay();`)
}

// The same call parked for a moment before it is relayed.
func TestSuspendedCallsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 4, "async(usleep(1000), resume);")
}

// The callee is a name, which /etc/hosts knows.
func TestNamedHostsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 2, `if ($rm == "INVITE") $rd = "localhost"; t_relay();`)
}

func checkAllocs(t *testing.T, loops int, last string) {
	udp, _ := startInProcess(t, loops, last)
	checkAllocsOf(t, newPlainUA(t, udp))
}

func checkAllocsOf(t *testing.T, ua *plainUA) {
	checkAllocsIn(t, 6, ua.calls)
}

// checkAllocsIn has work done for a thousand calls, of so many datagrams each, and again.
func checkAllocsIn(t *testing.T, perCall int, work func(calls int)) {
	const calls = 1000
	work(calls) // fills the pools
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	work(calls)
	runtime.ReadMemStats(&after)
	// The run-time itself makes an object now and then, whatever the program does.
	if n := after.Mallocs - before.Mallocs; n > uint64(calls*perCall/100) {
		t.Errorf("%d allocations for %d relayed datagrams, want none", n, calls*perCall)
	}
}

const allocScript = `
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "acc.so"
modparam("acc", "extra_fields", "log: caller; callee")
modparam("acc", "leg_fields", "log: leg")
route {
	if (!mf_process_maxfwd_header(10)) {
		sl_send_reply(483, "Too Many Hops");
		exit;
	}
	if (has_totag()) {
		if (!loose_route()) {
			if (!is_method("ACK")) sl_send_reply(404, "No such dialog");
			exit;
		}
		t_relay();
		exit;
	}
	$avp(callee) = $rU;
	xlog("L_DBG", "$rm to $avp(callee)\n");
	record_route();
	`

// startInProcess starts a proxy within the test and returns where it listens.
func startInProcess(t *testing.T, loops int, last string) (udp, tcp netip.AddrPort) {
	var d syntax.Diags
	port := strconv.Itoa(siptest.FreePort(t))
	text := "socket=udp:127.0.0.1:" + port + "\nsocket=tcp:127.0.0.1:" + port + allocScript + last + "}\nroute[resume] { t_relay(); }\n"
	c := &proxy.Core{Settings: proxy.DefaultSettings()}
	loaded := module.Load(syntax.Parse("alloc.cfg", []byte(text), os.ReadFile, &d), module.Catalogue{
		"tm": tm.New, "sl": sl.New, "rr": rr.New, "maxfwd": maxfwd.New, "sipmsgops": sipmsgops.New, "cfgutils": cfgutils.New, "acc": acc.New,
	}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		t.Fatal("the script does not load")
	}
	g, err := loop.New(loop.Config{Loops: loops, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	c.Group, c.Ops = g, asyncops.NewSet(g, c.Settings.AsyncTimeout)
	if err := loaded.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := proxy.New(c, loaded.Program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	ls := p.Transport().Listeners()
	return ls[0].Addr().AddrPort(), ls[1].Addr().AddrPort()
}

// A plainWire sends and receives messages.
type plainWire interface {
	send(b []byte) error
	receive(b []byte) (n int, err error)
}

// A plainUA is caller and callee on one socket each, made so that it allocates
// nothing itself: it copies bytes around and understands no SIP.
type plainUA struct {
	t          testing.TB
	transport  string // of its Via
	param      string // of its URIs
	caller     plainWire
	callee     plainWire
	in, out    []byte
	n          int
	callerAddr string
	calleeAddr string
	record     []byte // Record-Route value of the call
}

func newPlainUA(t *testing.T, proxy netip.AddrPort) *plainUA {
	listen := func() *net.UDPConn {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	caller, callee := listen(), listen()
	deadline := time.Now().Add(2 * time.Minute)
	caller.SetDeadline(deadline)
	callee.SetDeadline(deadline)
	return &plainUA{
		t: t, transport: "UDP", caller: plainUDP{caller, proxy}, callee: plainUDP{callee, proxy},
		in: make([]byte, 4096), out: make([]byte, 0, 4096),
		callerAddr: caller.LocalAddr().String(), calleeAddr: callee.LocalAddr().String(),
	}
}

// A plainUDP is a socket that talks to the proxy.
type plainUDP struct {
	c     *net.UDPConn
	proxy netip.AddrPort
}

func (p plainUDP) send(b []byte) error {
	_, err := p.c.WriteToUDPAddrPort(b, p.proxy)
	return err
}

func (p plainUDP) receive(b []byte) (n int, err error) {
	n, _, err = p.c.ReadFromUDPAddrPort(b)
	return n, err
}

// calls places n calls, one after the other.
func (u *plainUA) calls(n int) {
	for range n {
		u.n++
		u.send("INVITE", 1)
		invite := u.receive(u.callee, "INVITE ")
		u.record = line(invite, "Record-Route: ")
		u.answer(invite, "180 Ringing")
		u.answer(invite, "200 OK")
		u.receive(u.caller, "SIP/2.0 180")
		u.receive(u.caller, "SIP/2.0 200")
		u.send("ACK", 1)
		u.receive(u.callee, "ACK ")
		u.send("BYE", 2)
		u.answer(u.receive(u.callee, "BYE "), "200 OK")
		u.receive(u.caller, "SIP/2.0 200")
	}
}

func (u *plainUA) send(method string, cseq int) {
	b := append(u.out[:0], method...)
	b = append(append(append(b, " sip:bob@"...), u.calleeAddr...), u.param...)
	b = append(append(append(append(b, " SIP/2.0\r\nVia: SIP/2.0/"...), u.transport...), ' '), u.callerAddr...)
	b = append(b, ";branch=z9hG4bK"...)
	b = append(strconv.AppendInt(b, int64(u.n), 10), method...)
	b = append(b, "\r\nMax-Forwards: 70\r\n"...)
	if cseq > 1 || method == "ACK" {
		b = append(append(append(b, "Route: "...), u.record...), "\r\n"...)
	}
	b = append(b, "From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>"...)
	if cseq > 1 || method == "ACK" {
		b = append(b, ";tag=b"...)
	}
	b = append(b, "\r\nCall-ID: "...)
	b = strconv.AppendInt(b, int64(u.n), 10)
	b = append(b, "@alloc\r\nCSeq: "...)
	b = strconv.AppendInt(b, int64(cseq), 10)
	b = append(append(append(b, ' '), method...), "\r\nContent-Length: 0\r\n\r\n"...)
	u.write(u.caller, b)
}

// answer sends a response with the header lines of the request.
func (u *plainUA) answer(request []byte, status string) {
	b := append(append(append(u.out[:0], "SIP/2.0 "...), status...), "\r\n"...)
	for rest := request[bytes.Index(request, crlf)+2:]; len(rest) > 2; {
		end := bytes.Index(rest, crlf) + 2
		if bytes.HasPrefix(rest, viaName) || bytes.HasPrefix(rest, fromName) || bytes.HasPrefix(rest, callName) ||
			bytes.HasPrefix(rest, cseqName) || bytes.HasPrefix(rest, recordName) {
			b = append(b, rest[:end]...)
		}
		rest = rest[end:]
	}
	b = append(b, "To: <sip:bob@example.com>;tag=b\r\nContent-Length: 0\r\n\r\n"...)
	u.write(u.callee, b)
}

var (
	crlf       = []byte("\r\n")
	viaName    = []byte("Via:")
	fromName   = []byte("From:")
	callName   = []byte("Call-ID:")
	cseqName   = []byte("CSeq:")
	recordName = []byte("Record-Route:")
)

func (u *plainUA) write(c plainWire, b []byte) {
	if err := c.send(b); err != nil {
		u.t.Fatal(err)
	}
}

// receive returns the next datagram, which must begin so; a 100 is passed over.
func (u *plainUA) receive(c plainWire, begins string) []byte {
	for {
		n, err := c.receive(u.in)
		if err != nil {
			u.t.Fatalf("call %d, waiting for %q: %v", u.n, begins, err)
		}
		b := u.in[:n]
		if bytes.HasPrefix(b, trying) {
			continue
		}
		if n < len(begins) || string(b[:len(begins)]) != begins {
			u.t.Fatalf("call %d: want %q, got\n%s", u.n, begins, b)
		}
		return b
	}
}

var trying = []byte("SIP/2.0 100")

// line returns the value of a header line, copied.
func line(b []byte, name string) []byte {
	at := bytes.Index(b, []byte(name))
	rest := b[at+len(name):]
	return append(recordText[:0], rest[:bytes.Index(rest, crlf)]...)
}

var recordText [256]byte
