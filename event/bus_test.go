package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// A memory is a transport that notes what it is sent.
type memory struct {
	opened, closed int
	got            []string
}

type memorySink struct {
	m      *memory
	socket string
}

func (m *memory) Open(socket string) (Sink, error) {
	if socket == "" {
		return nil, errors.New("no socket")
	}
	m.opened++
	return memorySink{m, socket}, nil
}

func (s memorySink) Send(_ *loop.Loop, r *Raised) { s.m.got = append(s.m.got, s.socket+" "+r.Name) }
func (s memorySink) Close()                       { s.m.closed++ }

// took returns what was sent since the last call.
func (m *memory) took() string {
	text := strings.Join(m.got, ", ")
	m.got = nil
	return text
}

// rig is a bus on a loop in virtual time.
type rig struct {
	*Bus
	*memory
	v *loop.Virtual
	t *testing.T
}

func newRig(t *testing.T) *rig {
	t.Helper()
	v, err := loop.NewVirtual(loop.Config{Loops: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Group().Stop)
	if err := v.Group().Start(); err != nil {
		t.Fatal(err)
	}
	r := &rig{new(Bus), new(memory), v, t}
	r.AddTransport("mem", r.memory)
	return r
}

func (r *rig) subscribe(name, socket string, seconds int) {
	r.t.Helper()
	if err := r.Subscribe(r.v.Now(), name, socket, seconds); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) raise(name, want string) {
	r.t.Helper()
	r.v.Group().Do(0, func(l *loop.Loop) { r.Raise(l, &Raised{Name: name}) })
	if got := r.took(); got != want {
		r.t.Errorf("%s came to %q, want %q", name, got, want)
	}
}

// "Whoever has subscribed" hears of the event and of no other, in the order of
// subscription.
func TestRaise(t *testing.T) {
	r := newRig(t)
	r.raise("E_A", "")
	r.subscribe("E_A", "mem:one", 0)
	r.subscribe("E_A", "mem:two", 0)
	r.subscribe("E_B", "mem:one", 0)
	r.raise("E_A", "one E_A, two E_A")
	r.raise("E_B", "one E_B")
	r.raise("E_C", "")
	if !r.Wanted("E_A") || r.Wanted("E_C") {
		t.Error("Wanted is wrong")
	}
}

// The event_route hears of it, too, where there is one.
func TestRoute(t *testing.T) {
	r := newRig(t)
	var routed []string
	r.RouteBy(func(name string) bool { return name == "E_A" }, func(_ *loop.Loop, e *Raised) bool {
		routed = append(routed, e.Name)
		return true
	})
	r.raise("E_A", "")
	r.raise("E_B", "")
	if !slices.Equal(routed, []string{"E_A"}) || !r.Wanted("E_A") || r.Wanted("E_B") {
		t.Errorf("routed %v", routed)
	}
}

// "Subscribing again prolongs; with 0 it leaves a limit that there is as it is, counted from
// now." One that is over hears nothing, and its sink is closed with the next change.
func TestExpiry(t *testing.T) {
	r := newRig(t)
	r.subscribe("E_A", "mem:one", 10)
	r.v.Advance(9 * time.Second)
	r.subscribe("E_A", "mem:one", 0)
	r.v.Advance(9 * time.Second)
	r.raise("E_A", "one E_A")
	r.v.Advance(time.Second)
	r.raise("E_A", "")
	if got := r.Subscriptions(r.v.Now()); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	r.subscribe("E_B", "mem:two", 5)
	if r.memory.opened != 2 || r.memory.closed != 1 {
		t.Errorf("%d opened, %d closed; want 2 and 1", r.memory.opened, r.memory.closed)
	}
	if got, want := fmt.Sprint(r.Subscriptions(r.v.Now())), "[{E_B mem:two 5}]"; got != want {
		t.Errorf("listed %s, want %s", got, want)
	}
}

func TestSubscribeRefuses(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		name, socket string
		want         error
	}{
		{"", "mem:x", ErrName},
		{strings.Repeat("E", MaxName+1), "mem:x", ErrName},
		{"E_A", "tcp:x", ErrTransport},
		{"E_A", "", ErrTransport},
	} {
		if err := r.Subscribe(0, c.name, c.socket, 0); !errors.Is(err, c.want) {
			t.Errorf("Subscribe(%q, %q) = %v, want %v", c.name, c.socket, err, c.want)
		}
	}
	if err := r.Subscribe(0, "E_A", "mem:", 0); err == nil {
		t.Error("what the transport refuses was taken")
	}
	for i := range MaxSubscribers {
		r.subscribe("E_A", fmt.Sprint("mem:", i), 0)
	}
	if err := r.Subscribe(0, "E_A", "mem:more", 0); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
	r.subscribe("E_A", "mem:7", 60) // no further one
}

// After Close nobody is told anything, all sinks are closed, and none is made.
func TestClose(t *testing.T) {
	r := newRig(t)
	r.subscribe("E_A", "mem:one", 0)
	r.Close()
	if err := r.Subscribe(0, "E_A", "mem:two", 0); !errors.Is(err, ErrClosed) {
		t.Error("subscribed after Close: ", err)
	}
	if r.raise("E_A", ""); r.memory.opened != r.memory.closed {
		t.Errorf("%d opened, %d closed", r.memory.opened, r.memory.closed)
	}
}

// Two loops subscribe at once: neither gets lost, and no sink is left open.
func TestSubscribeConcurrently(t *testing.T) {
	b := new(Bus)
	b.AddTransport("null", nullTransport{})
	done := make(chan bool)
	for g := range 4 {
		go func() {
			for i := range 100 {
				b.Subscribe(1, "E_A", fmt.Sprintf("null:%d", i), 0)
				b.Subscribe(1, "E_A", fmt.Sprintf("null:%d.%d", g, i), 0)
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	if n := len(b.Subscriptions(1)); n != 500 {
		t.Errorf("%d subscriptions, want 500", n)
	}
}

type nullTransport struct{}

func (nullTransport) Open(string) (Sink, error) { return nullTransport{}, nil }
func (nullTransport) Send(*loop.Loop, *Raised)  {}
func (nullTransport) Close()                    {}

// Declared events are listed by name; the first declaration of a name counts.
func TestDeclare(t *testing.T) {
	b := new(Bus)
	b.Declare(&Decl{Name: "E_B", Params: []Param{{Name: "aor"}, {Name: "uri"}}}, &Decl{Name: "E_A"})
	b.Declare(&Decl{Name: "E_B", Doc: "another"})
	list := b.Declared()
	if len(list) != 2 || list[0].Name != "E_A" || !slices.Equal(list[1].Names(), []string{"aor", "uri"}) || list[1].Doc != "" {
		t.Errorf("declared %+v", list)
	}
}

// JSON-RPC 2.0 §4.1: a notification has no id; §4.2: params are by-name, an object, or
// by-position, an array.
func TestJSON(t *testing.T) {
	str := func(s string) script.Value { return script.StrValue([]byte(s)) }
	for _, c := range []struct {
		r    Raised
		want string
	}{
		{Raised{Name: "E_A"}, `{"jsonrpc":"2.0","method":"E_A"}`},
		{Raised{Name: "E_A", Names: []string{"aor", "n", "x"}, Values: []script.Value{str("<sip:a@b>;q=\"1\"\n"), script.IntValue(-5), script.Null}},
			`{"jsonrpc":"2.0","method":"E_A","params":{"aor":"<sip:a@b>;q=\"1\"\n","n":-5,"x":null}}`},
		{Raised{Name: "E_\"A", Values: []script.Value{str("a\xffb"), str("")}}, `{"jsonrpc":"2.0","method":"E_\"A","params":["a\ufffdb",""]}`},
	} {
		if got := string(c.r.AppendJSON(nil)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
