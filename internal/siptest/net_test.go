package siptest

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/internal/scenario"

	"github.com/fastsips/fastsips/loop"
)

const relayScript = "socket=udp:[proxy]\nloadmodule \"tm.so\"\nlog_level=3\nroute { xlog(\"runs $rm\\n\"); t_relay(); }\n"

// In virtual time a want waits without waiting; a scenario that is wrong fails as it
// does in real time, and so does one whose message comes too early or too late.
func TestFailingVirtualScenarios(t *testing.T) {
	t.Parallel()
	const invite = "start x\nmay alice 100\nsend alice INVITE sip:b@[bob]\nwant bob INVITE\n"
	for _, c := range []struct{ about, script, want string }{
		{"want before start", "want alice 200", "want before start"},
		{"nothing comes", "start x\nwant alice 200", "alice got nothing within 10s"},
		{"something else comes", "start x\nsend alice INVITE sip:b@[bob]\nwant bob BYE", "bob got INVITE sip:b@127.0.0.1"},
		{"no time passes", invite + "within 0s\nwant bob INVITE again", "bob got nothing within 0s"},
		{"due too early", invite + "due bob 499ms INVITE again", "bob got nothing within 0s"},
		{"due too late", invite + "due bob 501ms INVITE again", "bob got INVITE"},
		{"not none", invite + "none bob 500ms", "bob got INVITE"},
		{"log lacks it", "start x\nlog nonsense", "did not appear in the log"},
		{"unwanted at the end", "start x\nsend alice INVITE sip:b@[bob]\nwant bob INVITE", "at the end: alice got SIP/2.0 100"},
		{"broken script", "start y", "unknown function"},
		{"odd number of loops", "start x -n many", "invalid syntax"},
	} {
		ar := &txtar.Archive{Comment: []byte(c.script), Files: []txtar.File{
			{Name: "x", Data: []byte(relayScript)}, {Name: "y", Data: []byte("socket=udp:[proxy]\nroute { unknown_thing(); }")}}}
		if err := scenario.Play("s.txt", ar, newVirtualWorld(t)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.about, err, c.want)
		}
	}
}

func TestVirtualScenario(t *testing.T) {
	t.Parallel()
	const script = `start x -n 2
within 0s
send alice INVITE sip:b@[bob]
want alice 100
want bob INVITE
log "runs INVITE"
due bob 500ms INVITE again
due bob 1s INVITE again
advance 1s
none bob 999ms
none alice 0s
advance 1ms
want bob INVITE again
reply bob 486
want bob ACK
want alice 486
advance 250ms
due alice 250ms 486 again
ack alice
nolog "runs BYE"
`
	ar := &txtar.Archive{Comment: []byte(script), Files: []txtar.File{{Name: "x", Data: []byte(relayScript)}}}
	if err := scenario.Play("s.txt", ar, newVirtualWorld(t)); err != nil {
		t.Error(err)
	}
}

func TestModeOf(t *testing.T) {
	for text, want := range map[string]string{
		"# A call.\nstart x": "", "# A call.\n# mode: real, it takes a database\nstart x": "<error>",
		"# mode: real - a database": "real", "#\n# mode: virtual": "virtual",
	} {
		got, err := scenario.ModeOf(&txtar.Archive{Comment: []byte(text)})
		if err != nil {
			got = "<error>"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The fate of each datagram is the test's: lost, late, or doubled.
func TestNetFate(t *testing.T) {
	t.Parallel()
	n := NewNet()
	var got []string
	ear := n.Listen(func(from loop.Addr, b []byte) { got = append(got, string(b)) })
	v := StartVirtual(t, n, VirtualConfig{Script: relayScript})
	fates := [][]time.Duration{{}, {20 * time.Millisecond, 30 * time.Millisecond}, {0}}
	n.Fate = func(from, to loop.Addr, b []byte) []time.Duration {
		f := fates[0]
		fates = fates[1:]
		return f
	}
	for _, text := range []string{"lost", "doubled", "at once"} {
		n.Send(loop.Addr{}, ear, []byte(text))
	}
	if n.Run(25*time.Millisecond, func() bool { return len(got) == 3 }) {
		t.Error("the second copy is early")
	}
	if !n.Run(5*time.Millisecond, func() bool { return len(got) == 3 }) || strings.Join(got, ", ") != "at once, doubled, doubled" {
		t.Errorf("got %q", got)
	}
	if err := v.Leftovers(); err != nil {
		t.Error(err)
	}
}
