package residential

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/phones"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// patience bounds a wait for something that must happen.
const patience = 15 * time.Second

// A day is what two users do with their phones.
type day struct {
	*testing.T
	*siptest.Proxy
	alice, bob *phones.Phone // linphonec, baresip
}

// begin starts the proxy with one of our configurations and registers both phones. Their
// addresses of record are of 127.0.0.1.
func begin(t *testing.T, file string, change ...string) *day {
	t.Helper()
	phones.Need(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	change = append(change, "127.0.0.1:5060", "[proxy]")
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: strings.NewReplacer(change...).Replace(string(text)), Args: []string{"-n", "2"}})
	account := func(user string) phones.Account {
		return phones.Account{User: user, Domain: host(p.Addr), Password: user + "-secret", Proxy: p.Addr, Manual: true}
	}
	d := &day{T: t, Proxy: p, alice: phones.Start(t, phones.Linphone, account("alice")), bob: phones.Start(t, phones.Baresip, account("bob"))}
	d.step("alice registers", d.alice.AwaitRegistered())
	d.step("bob registers", d.bob.AwaitRegistered())
	return d
}

func host(addr string) string {
	h, _, err := net.SplitHostPort(addr)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return h
}

func (d *day) step(what string, err error) {
	d.Helper()
	if err != nil {
		d.Fatalf("%s: %v\nalice:\n%s\nbob:\n%s", what, err, d.alice.Log, d.bob.Log)
	}
}

// dial has one call the other and waits until that one rings.
func (d *day) dial(caller, callee *phones.Phone) {
	d.Helper()
	caller.Expect()
	callee.Expect()
	d.step("dial", caller.Dial("sip:"+callee.User+"@"+host(d.Addr)))
	d.step(callee.User+" rings", callee.AwaitRinging())
}

// answered is a call that is answered and ended by the callee.
func (d *day) answered(caller, callee *phones.Phone) {
	d.Helper()
	d.dial(caller, callee)
	d.step("answer", callee.Answer())
	d.step("caller's set-up", caller.AwaitEstablished())
	d.step("callee's set-up", callee.AwaitEstablished())
	d.step("hang up", callee.HangUp())
	d.step("caller's end", caller.AwaitEnded())
	d.step("callee's end", callee.AwaitEnded())
}

// rejected is a call that the callee does not take.
func (d *day) rejected(caller, callee *phones.Phone) {
	d.Helper()
	d.dial(caller, callee)
	d.step("reject", callee.HangUp())
	d.step("the caller hears of it", caller.AwaitRefused())
}

// cancelled is one that the caller gives up.
func (d *day) cancelled(caller, callee *phones.Phone) {
	d.Helper()
	d.dial(caller, callee)
	d.step("cancel", caller.HangUp())
	d.step("the callee hears of it", callee.AwaitRefused())
}

// unregistered is a call to somebody who has gone.
func (d *day) unregistered(caller, callee *phones.Phone) {
	d.Helper()
	d.step("the phone goes", callee.Close())
	caller.Expect()
	d.step("dial", caller.Dial("sip:"+callee.User+"@"+host(d.Addr)))
	d.step("the caller hears of it", caller.AwaitRefused())
}

// accounted returns what the log of accounting says, a line for each: what happened, the
// method, the status.
func (d *day) accounted(n int) (list []string) {
	d.Helper()
	for from := 0; len(list) < n; {
		line, next, err := d.Wait("ACC: ", from, patience)
		if err != nil {
			d.Fatalf("%d lines of accounting, want %d: %v", len(list), n, err)
		}
		list, from = append(list, brief(line)), next
	}
	return list
}

// brief takes what a test compares from a line of accounting.
func brief(line string) string {
	_, line, _ = strings.Cut(line, "ACC: ")
	what, values, _ := strings.Cut(line, ": ")
	field := map[string]string{}
	for pair := range strings.SplitSeq(values, ";") {
		name, value, _ := strings.Cut(pair, "=")
		field[name] = value
	}
	return fmt.Sprintf("%s: %s %s", what, field["method"], field["code"])
}

// want compares, whatever the order.
func (d *day) want(got []string, want ...string) {
	d.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.Errorf("accounting says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
