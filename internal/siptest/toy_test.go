package siptest

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A toy is a stateless proxy (RFC 3261 §16.11) that works on text: something for
// scenarios to play against that has nothing in common with the real one.
type toy struct {
	*Endpoint
	log  *sipprun.Log
	stop sync.Once
	quit chan struct{}
	done chan struct{}
}

func startToy(tb testing.TB, config string, vars map[string]string, args []string) Target {
	p := &toy{log: sipprun.NewLog(), Endpoint: Listen(tb), quit: make(chan struct{}), done: make(chan struct{})}
	go p.run()
	tb.Cleanup(p.Stop)
	return p
}

func (p *toy) Address() string { return p.Addr() }
func (p *toy) Log() []string   { return p.log.Lines() }

func (p *toy) Wait(substr string, from int, within time.Duration) (string, int, error) {
	return p.log.Wait(substr, from, within)
}

func (p *toy) Stop() {
	p.stop.Do(func() { close(p.quit) })
	<-p.done
}

func (p *toy) run() {
	defer close(p.done)
	for {
		select {
		case m := <-p.in:
			p.relay(m)
		case <-p.quit:
			return
		}
	}
}

func (p *toy) relay(m *Message) {
	first, rest, _ := strings.Cut(string(m.Raw), "\r\n")
	if !m.IsRequest() {
		via := scenario.ListValues(m.Raw, "Via")
		i := strings.Index(rest, via[0])
		j := i + strings.Index(rest[i:], "\r\n") + 2
		rest = rest[:strings.LastIndex(rest[:i], "Via:")] + rest[j:]
		p.SendBytes(sentBy(via[1]), []byte(first+"\r\n"+rest))
		return
	}
	uri := strings.Fields(first)[1]
	next := scenario.HostPortOf(uri)
	if routes := scenario.ListValues(m.Raw, "Route"); len(routes) > 0 {
		rest = strings.Replace(rest, "Route: "+routes[0]+"\r\n", "", 1)
		if len(routes) > 1 {
			next = scenario.HostPortOf(scenario.URIOf(routes[1]))
		}
	}
	if m.Is("INVITE") {
		p.SendBytes(m.From.String(), trying(m))
		rest = "Record-Route: <sip:" + p.Addr() + ";lr>\r\n" + rest
	}
	rest = strings.Replace(rest, "Max-Forwards: 70", "Max-Forwards: 69", 1)
	h := fnv.New64()
	fmt.Fprint(h, scenario.RawValue(m.Raw, "Via"))
	via := fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%x\r\n", p.Addr(), h.Sum64())
	p.SendBytes(next, []byte(first+"\r\n"+via+rest))
	fmt.Fprintf(p.log, "%s relayed\n", m.Method())
}

func trying(m *Message) []byte {
	var b strings.Builder
	b.WriteString("SIP/2.0 100 Trying\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range scenario.RawValues(m.Raw, name) {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	return []byte(b.String() + "Content-Length: 0\r\n\r\n")
}

func sentBy(via string) string {
	f := strings.Fields(via)
	addr, _, _ := strings.Cut(f[1], ";")
	return addr
}
