package registrar

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/nathelper"
)

// What all scripts with pings have. Who has a private Contact is behind a NAT.
const pinging = modules + `
socket=udp:[proxy2]
loadmodule "nathelper.so"
modparam("usrloc", "nat_bflag", "NAT")
modparam("registrar", "received_avp", "$avp(rcv)")
modparam("nathelper", "received_avp", "$avp(rcv)")
`

const savesNated = `
route {
	if ($rm != "REGISTER") {
		xlog("a request came to the script\n");
		exit;
	}
	if (nat_uac_test("private-contact")) {
		fix_nated_register();
		setbflag("NAT");
	}
	if ($fU =~ "^sip") setbflag("SIPPING");
	if ($fU =~ "remove") setbflag("REMOVE");
	if ($fU =~ "latency") setbflag("LATENCY");
	save("location");
}
onreply_route { xlog("a response came to the script\n"); }
`

// newPingRig starts a proxy that sends pings.
func newPingRig(t *testing.T, params string) *rig {
	t.Parallel()
	m := nathelper.New().(*nathelper.Module)
	r := &rig{t: t, net: siptest.NewNet()}
	r.v = siptest.StartVirtual(t, r.net, siptest.VirtualConfig{Script: pinging + params + savesNated,
		Modules: module.Catalogue{"nathelper": func() module.Module { return m }}})
	if err := m.Open(nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return r
}

// A phone keeps what comes but the answers to its REGISTERs.
type phone struct {
	r      *rig
	name   string
	addr   loop.Addr
	pings  []ping
	answer func(ping) // nil: it does not
}

type ping struct {
	at   time.Duration // since the network began
	from loop.Addr
	text []byte
}

func (r *rig) phone(name string) *phone {
	p := &phone{r: r, name: name}
	p.addr = r.net.Listen(func(from loop.Addr, b []byte) {
		if bytes.HasPrefix(b, []byte("SIP/2.0")) {
			return
		}
		x := ping{time.Duration(r.net.Now()), from, bytes.Clone(b)}
		if p.pings = append(p.pings, x); p.answer != nil {
			p.answer(x)
		}
	})
	return p
}

// register registers a Contact with the n-th socket of the proxy.
func (p *phone) register(contact string, socket int) {
	p.r.n++
	text := fmt.Sprintf("REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nFrom: <sip:%[3]s@example.com>;tag=1\r\nTo: <sip:%[3]s@example.com>\r\n"+
		"Call-ID: %[2]d\r\nCSeq: 1 REGISTER\r\nContact: %[4]s\r\nContent-Length: 0\r\n\r\n", p.addr, p.r.n, p.name, contact)
	p.r.net.Send(p.addr, p.r.v.Transport().Listeners()[socket].Addr(), []byte(text))
	p.r.net.Run(0, nil)
}

// reply answers a ping, after some time; branch edits the branch of the answer.
func (p *phone) reply(x ping, status string, after time.Duration, branch func(string) string) {
	head, _, _ := strings.Cut(string(x.text), "\r\nContent-Length")
	_, head, _ = strings.Cut(head, "\r\n")
	if branch != nil {
		_, rest, _ := strings.Cut(head, "branch=")
		old, _, _ := strings.Cut(rest, "\r\n")
		head = strings.Replace(head, old, branch(old), 1)
	}
	text := []byte("SIP/2.0 " + status + "\r\n" + head + "\r\nContent-Length: 0\r\n\r\n")
	p.r.net.At(p.r.net.Now()+int64(after), func() { p.r.net.Send(p.addr, x.from, text) })
}

// "Period of time in seconds between sending the NAT pings to all currently registered
// UAs": each contact gets one in each period, and they are spread over it, whatever
// natping_partitions says. 4 NULs: "4 bytes (zero filled) UDP packages are sent".
func TestPingsAreSpread(t *testing.T) {
	const contacts, interval = 400, 20
	r := newPingRig(t, `modparam("nathelper", "natping_interval", 20)`)
	var phones []*phone
	for i := range contacts {
		p := r.phone(fmt.Sprintf("user%d", i))
		p.register(fmt.Sprintf("<sip:user@10.0.0.%d>", i%250+1), 0)
		phones = append(phones, p)
	}
	r.net.Run(interval*time.Second, nil) // the first period has begun before all had registered
	from := time.Duration(r.net.Now())
	r.net.Run(2*interval*time.Second, nil)
	var slots [2 * interval]int
	total := 0
	for _, p := range phones {
		n := 0
		for _, x := range p.pings {
			if x.at < from {
				continue
			}
			n++
			slots[min(int((x.at-from)/time.Second), len(slots)-1)]++
			if !bytes.Equal(x.text, make([]byte, 4)) {
				t.Fatalf("%q is no ping", x.text)
			}
		}
		if total += n; n < 1 || n > 3 {
			t.Errorf("%s got %d pings in two periods", p.name, n)
		}
	}
	if total < 2*contacts-contacts/20 || total > 2*contacts+contacts/20 {
		t.Errorf("%d pings in two periods, of %d contacts", total, contacts)
	}
	for i, n := range slots {
		if n == 0 || n > 3*contacts/interval {
			t.Errorf("%d pings in second %d of %d, of %d contacts", n, i, 2*interval, contacts)
		}
	}
}

// ping_nated_only: "only contacts that have behind_NAT flag in user location database set
// will get ping", to where they registered from, from the socket that they did it by.
func TestOnlyNatedContactsGetPings(t *testing.T) {
	r := newPingRig(t, `
modparam("nathelper", "natping_interval", 5)
modparam("nathelper", "ping_nated_only", 1)
`)
	open, first, second, gone := r.phone("open"), r.phone("first"), r.phone("second"), r.phone("gone")
	open.register("<sip:open@"+open.addr.String()+">", 0)
	first.register("<sip:first@10.0.0.1>", 0)
	second.register("<sip:second@192.168.0.1>", 1)
	gone.register("<sip:gone@10.0.0.2>;expires=60", 0)
	r.net.Run(30*time.Second, nil)
	for i, p := range []*phone{first, second} {
		if len(p.pings) < 4 || len(p.pings) > 7 {
			t.Errorf("%s got %d pings in 30 s", p.name, len(p.pings))
		}
		for _, x := range p.pings {
			if want := r.v.Transport().Listeners()[i].Addr(); x.from != want {
				t.Errorf("%s got a ping from %v, and has registered with %v", p.name, x.from, want)
			}
		}
	}
	if len(open.pings) > 0 {
		t.Errorf("%s, which is behind no NAT, got a ping", open.name)
	}
	r.net.Run(40*time.Second, nil)
	n := len(gone.pings)
	r.net.Run(30*time.Second, nil)
	if n == 0 || len(gone.pings) > n {
		t.Errorf("a contact that has ended got %d pings, and %d before", len(gone.pings)-n, n)
	}
	r.v.Manage("nathelper:enable_ping", "0")
	r.net.Run(time.Second, nil)
	n = len(first.pings)
	r.net.Run(30*time.Second, nil)
	if len(first.pings) != n {
		t.Error("pings are sent that were switched off")
	}
	r.v.Manage("nathelper:enable_ping", "1")
	r.net.Run(30*time.Second, nil)
	if len(first.pings) < n+4 {
		t.Errorf("%d pings in 30 s, which were switched on again", len(first.pings)-n)
	}
}

const sipPings = `
modparam("nathelper", "natping_interval", 10)
modparam("nathelper", "sipping_bflag", "SIPPING")
modparam("nathelper", "sipping_from", "sip:pinger@example.com")
modparam("nathelper", "remove_on_timeout_bflag", "REMOVE")
modparam("nathelper", "sipping_latency_flag", "LATENCY")
modparam("nathelper", "ping_threshold", 2)
modparam("nathelper", "max_pings_lost", 3)
`

func (r *rig) isRegistered(name string) bool {
	answer, err := r.v.Manage("usrloc:show_contact", "location", name+"@example.com")
	return err == nil && strings.Contains(answer, "sip:")
}

// "If a contact does not respond in ping_threshold seconds since the ping has been sent, the
// contact shall be removed after max_pings_lost unresponded pings": in a row. Nobody but
// who got a ping can answer it, and the script sees nothing of it.
func TestSilentContactsAreRemoved(t *testing.T) {
	r := newPingRig(t, sipPings)
	answers := func(p *phone, status string, after time.Duration, branch func(string) string) {
		p.answer = func(x ping) { p.reply(x, status, after, branch) }
	}
	good, late, forged, silent, kept, seldom := r.phone("sip_good_remove"), r.phone("sip_late_remove"), r.phone("sip_forged_remove"),
		r.phone("sip_silent_remove"), r.phone("sip_silent"), r.phone("sip_seldom_remove")
	answers(good, "404 Not Found", time.Second, nil)
	answers(late, "200 OK", 3*time.Second, nil)
	answers(forged, "200 OK", 0, func(b string) string {
		last := "0"
		if strings.HasSuffix(b, last) {
			last = "1"
		}
		return b[:len(b)-1] + last
	})
	seldom.answer = func(x ping) {
		if len(seldom.pings)%3 == 0 {
			seldom.reply(x, "200 OK", 0, nil)
		}
	}
	all := []*phone{good, late, forged, silent, kept, seldom}
	for i, p := range all {
		p.register(fmt.Sprintf("<sip:%s@10.0.0.%d>", p.name, i+1), 0)
	}
	r.net.Run(90*time.Second, nil)
	for _, p := range all {
		want := p == good || p == kept || p == seldom
		if got := r.isRegistered(p.name); got != want {
			t.Errorf("%s is registered: %v, want %v; it got %d pings", p.name, got, want, len(p.pings))
		}
		if !want && len(p.pings) != 3 {
			t.Errorf("%s was removed after %d pings", p.name, len(p.pings))
		}
	}
	for _, line := range r.v.Log() {
		if strings.Contains(line, "came to the script") {
			t.Error(line)
		}
	}
	if got := string(good.pings[0].text); !strings.HasPrefix(got, "OPTIONS sip:sip_good_remove@10.0.0.1 SIP/2.0\r\n") {
		t.Errorf("%s", got)
	}
}

// sipping_latency_flag: "enable contact pinging latency computation and reporting via the
// usrloc E_UL_LATENCY_UPDATE event". A contact that nobody measures has none.
func TestLatency(t *testing.T) {
	r := newPingRig(t, sipPings+`
modparam("usrloc", "latency_event_min_us", 1)
event_route[E_UL_LATENCY_UPDATE] { xlog("latency of $param(aor): $param(latency) us\n"); }
`)
	for i, name := range []string{"sip_latency", "sip_plain"} {
		p := r.phone(name)
		p.answer = func(x ping) { p.reply(x, "200 OK", 30*time.Millisecond, nil) }
		p.register(fmt.Sprintf("<sip:%s@10.0.0.%d>", name, i+1), 0)
	}
	r.net.Run(25*time.Second, nil)
	log := strings.Join(r.v.Log(), "\n")
	if !strings.Contains(log, "latency of sip_latency@example.com: 30000 us") || strings.Contains(log, "latency of sip_plain") {
		t.Errorf("no latency of 30 ms:\n%s", log)
	}
}

// natping_socket: the source of the pings that are no requests. force_socket: "Sending socket
// to be used for pinging contacts without local socket information". sipping_method: "the SIP
// method to be used in generating the SIP requests for NAT ping purposes".
func TestPingSockets(t *testing.T) {
	r := newPingRig(t, sipPings+`
modparam("nathelper", "natping_socket", "udp:[proxy2]")
modparam("nathelper", "force_socket", "udp:[proxy2]")
modparam("nathelper", "sipping_method", "INFO")
`)
	first, second := r.v.Transport().Listeners()[0].Addr(), r.v.Transport().Listeners()[1].Addr()
	nuls, request, added := r.phone("nuls"), r.phone("sip_request"), r.phone("added")
	nuls.register("<sip:nuls@10.0.0.1>", 0)
	request.register("<sip:request@10.0.0.2>", 0)
	if _, err := r.v.Manage("usrloc:add", "location", "added@example.com", "sip:added@"+added.addr.String(), "600", "1", "0", "0", "32767"); err != nil {
		t.Fatal(err)
	}
	r.net.Run(20*time.Second, nil)
	for _, c := range []struct {
		p    *phone
		from loop.Addr
		text string
	}{{nuls, second, "\x00\x00\x00\x00"}, {request, first, "INFO sip:request@10.0.0.2 SIP/2.0"}, {added, second, "\x00\x00\x00\x00"}} {
		if len(c.p.pings) == 0 || c.p.pings[0].from != c.from || !strings.HasPrefix(string(c.p.pings[0].text), c.text) {
			t.Errorf("%s: %+v, want %q from %v", c.p.name, c.p.pings, c.text, c.from)
		}
	}
}
