package loop

import (
	"context"
	"strings"
	"testing"
)

// "It returns false when ctx is done before": a loop that is stuck does not hold up
// who asks.
func TestAsk(t *testing.T) {
	g := newGroup(t, Config{Loops: 2}, nil)
	if n, ok := Ask(t.Context(), g, 1, (*Loop).Index); n != 1 || !ok {
		t.Errorf("answer %d, %v", n, ok)
	}
	stuck := make(chan struct{})
	g.Mailbox(1).Post(&Task{Run: func(*Loop) { <-stuck }})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, ok := Ask(ctx, g, 1, (*Loop).Index); n != 0 || ok {
		t.Errorf("answer %d, %v of a loop that is stuck", n, ok)
	}
	close(stuck)
	g.Stop()
	if _, ok := Ask(t.Context(), g, 0, (*Loop).Index); ok {
		t.Error("a loop that has ended answers")
	}
}

// A filter keeps lines out whoever makes them; what is muted is lost.
func TestLogControl(t *testing.T) {
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	c := g.LogControl()
	say := func(text string) {
		g.Do(0, func(l *Loop) {
			l.Log(3, []byte("INFO:script: info "+text))
			l.Log(-1, []byte("ERROR:script: error "+text))
		})
		g.Logger().Info("own info " + text)
		g.Logger().Error("own error " + text)
		g.Logger().Debug("own debug " + text)
		eventually(t, "the lines are taken", func() bool { return !g.log.waiting() })
	}
	say("1")
	c.SetFilter(-1)
	say("2")
	c.SetFilter(0)
	c.SetLevel(4)
	say("3")
	c.SetLevel(0)
	say("4")
	if c.Filter() != 0 || c.Muted() {
		t.Error("what was set is not what it says")
	}
	g.Do(0, func(l *Loop) { l.Log(3, []byte("mark")) })
	eventually(t, "all is written", func() bool { return strings.Contains(out.String(), "mark") })
	c.Mute(true)
	say("5")
	g.Stop()
	got := ""
	for _, text := range []string{"info 1", "own info 1", "own debug 1", "info 2", "error 2", "own info 2", "own error 2", "own debug 3", "own info 4", "own error 4", "error 5"} {
		if strings.Contains(out.String(), text) {
			got += text + ", "
		}
	}
	if want := "info 1, own info 1, error 2, own error 2, own debug 3, own error 4, "; got != want {
		t.Errorf("written: %s\nwant: %s", got, want)
	}
}
