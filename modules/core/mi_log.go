package core

import (
	"context"
	"os"

	"github.com/fastsips/fastsips/mi"
)

func (m management) logCommands() []*mi.Command {
	level := mi.Int("level", "from -3 alert to 4 debug")
	consumer := mi.Str("consumer", "stderror: the only one")
	return []*mi.Command{
		{Name: "core:log_level", Doc: "Show or set log_level, and xlog_level with it where the script has not set that.", Recipes: []mi.Recipe{
			mi.Recipe0(m.logLevel), mi.Recipe1(level, m.setLogLevel),
			mi.Recipe2(level, mi.Int("pid", "fastsips's own: it is one process"), m.setLogLevelOf)}},
		{Name: "core:xlog_level", Doc: "Show or set xlog_level.", Recipes: []mi.Recipe{mi.Recipe0(m.xlogLevel), mi.Recipe1(level, m.setXlogLevel)}},
		{Name: "core:log_level_filter", Doc: "Show or set the level above which nothing is logged; 0: there is none.", Recipes: []mi.Recipe{
			mi.Recipe1(consumer, m.filter), mi.Recipe2(consumer, mi.Int("level_filter", "level, or 0"), m.setFilter)}},
		{Name: "core:log_mute_state", Doc: "Show or set whether the log is silent.", Recipes: []mi.Recipe{
			mi.Recipe1(consumer, m.mute), mi.Recipe2(consumer, mi.Int("mute_state", "1 silent, 0 not"), m.setMute)}},
	}
}

func (m management) logLevel(context.Context) (any, error) {
	type process struct {
		PID   int
		Level int `json:"Log level"`
		Type  string
	}
	return mi.Object{{Name: "Processes", Value: []process{{os.Getpid(), m.core.Proxy().LogLevel(), "all"}}}}, nil
}

func (m management) setLogLevel(_ context.Context, n int) (any, error) {
	if err := checkLevel(n); err != nil {
		return nil, err
	}
	m.core.Proxy().SetLogLevel(n)
	return mi.Object{{Name: "New global log level", Value: n}}, nil
}

func (m management) setLogLevelOf(ctx context.Context, n, pid int) (any, error) {
	if pid != os.Getpid() {
		return nil, mi.Errorf(mi.CodeInvalidParams, "Invalid params").With("Bad PID")
	}
	if _, err := m.setLogLevel(ctx, n); err != nil {
		return nil, err
	}
	return mi.Object{{Name: "Log level", Value: n}}, nil
}

func checkLevel(n int) error {
	if n < -3 || n > 4 {
		return mi.Errorf(mi.CodeInvalidParams, "Invalid params").With("a level is from -3 to 4")
	}
	return nil
}

func (m management) xlogLevel(context.Context) (any, error) {
	return mi.Object{{Name: "xLog Level", Value: m.core.Proxy().XlogLevel()}}, nil
}

func (m management) setXlogLevel(_ context.Context, n int) (any, error) {
	if err := checkLevel(n); err != nil {
		return nil, err
	}
	m.core.Proxy().SetXlogLevel(n)
	return mi.Object{{Name: "New xLog level", Value: n}}, nil
}

// onlyStderr refuses the consumers that OpenSIPS has and fastsips does not.
func onlyStderr(consumer string) error {
	if consumer != "stderror" {
		return mi.Errorf(404, "Unknown log consumer")
	}
	return nil
}

func (m management) filter(_ context.Context, consumer string) (any, error) {
	return mi.Object{{Name: "Log level filter", Value: m.core.Group.LogControl().Filter()}}, onlyStderr(consumer)
}

func (m management) setFilter(_ context.Context, consumer string, n int) (any, error) {
	err := onlyStderr(consumer)
	if err == nil {
		err = checkLevel(n)
	}
	if err == nil {
		m.core.Group.LogControl().SetFilter(n)
	}
	return mi.OK, err
}

func (m management) mute(_ context.Context, consumer string) (any, error) {
	state := 0
	if m.core.Group.LogControl().Muted() {
		state = 1
	}
	return mi.Object{{Name: "mute state", Value: state}}, onlyStderr(consumer)
}

func (m management) setMute(_ context.Context, consumer string, n int) (any, error) {
	err := onlyStderr(consumer)
	if err == nil {
		m.core.Group.LogControl().Mute(n != 0)
	}
	return mi.OK, err
}
