package siptest

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/internal/scenario"
)

func TestScenarios(t *testing.T) { RunDir(t, "testdata/toy/*.txt", startToy) }

// Each of these scenarios is wrong, or the proxy is; the runner must say so, and
// in which line.
func TestFailingScenarios(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ about, script, want string }{
		{"unknown step", "start x\nfrobnicate", `:2: frobnicate: unknown step`},
		{"missing file", "start y", `no file y`},
		{"too few arguments", "start x\nwant alice", "needs 2 arguments"},
		{"not started", "send alice OPTIONS sip:a@[bob]", "send before start"},
		{"unbalanced quote", `log "abc`, "unbalanced quote"},
		{"nothing comes", "start x\nwithin 20ms\nwant alice 200", ":3: want alice 200: alice got nothing within 20ms"},
		{"something else comes", "start x\nsend alice INVITE sip:b@[bob]\nwant bob BYE", "bob got INVITE sip:b@127.0.0.1"},
		{"an unwanted message at the end", "start x\nsend alice INVITE sip:b@[bob]\nwant bob INVITE", "at the end: alice got SIP/2.0 100 Trying (INVITE), which nothing asked for"},
		{"not none", "start x\nsend alice INVITE sip:b@[bob]\nnone bob 5s", "bob got INVITE"},
		{"wrong header", "start x\nmay alice 100\nsend alice INVITE sip:b@[bob]\nwant bob INVITE\nhave bob Max-Forwards: 70", `Max-Forwards ["69"`},
		{"header missing", "start x\nmay alice 100\nsend alice INVITE sip:b@[bob]\nwant bob INVITE\nhave bob Route", "has Route []"},
		{"header present", "start x\nmay alice 100\nsend alice INVITE sip:b@[bob]\nwant bob INVITE\nlack bob Via", "has Via:"},
		{"wrong count", "start x\nmay alice 100\nsend alice INVITE sip:b@[bob]\nwant bob INVITE\ncount bob Via 1", "2 values of Via"},
		{"nothing to answer", "start x\nreply bob 200/BYE", "bob has received no BYE"},
		{"no dialog", "start x\nrequest alice BYE", "alice has no dialog"},
		{"nothing to acknowledge", "start x\nack alice", "no final response"},
		{"nothing to cancel", "start x\ncancel alice", "has sent no INVITE"},
		{"nothing to repeat", "start x\nagain alice", "has sent nothing"},
		{"log lacks it", "start x\nwithin 10ms\nlog nonsense", "did not appear in the log"},
		{"log has it", "start x\nsend bob OPTIONS sip:a@[alice]\nwant alice OPTIONS\nlog relayed\nnolog relayed", `the log has "OPTIONS relayed"`},
		{"a new message is no retransmission", "start x\nsend bob OPTIONS sip:a@[alice]\nwant alice OPTIONS again", "want a retransmission of OPTIONS"},
		{"odd status", "start x\nreply bob 20", "is no status"},
		{"odd duration", "start x\nsleep long", "invalid duration"},
	} {
		ar := &txtar.Archive{Comment: []byte(c.script), Files: []txtar.File{{Name: "x"}}}
		err := scenario.Play("s.txt", ar, &realWorld{t, startToy})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.about, err, c.want)
		}
	}
}

// A retransmission that nothing asked for is no failure: timers run in real time.
func TestRetransmissionsAreForgiven(t *testing.T) {
	t.Parallel()
	ar := txtar.Parse([]byte("start x\nsend bob OPTIONS sip:a@[alice]\nwant alice OPTIONS\nagain bob\nagain bob\nreply alice 200\nwant bob 200\n-- x --\n"))
	if err := scenario.Play("s.txt", ar, &realWorld{t, startToy}); err != nil {
		t.Error(err)
	}
}
