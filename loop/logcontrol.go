package loop

import (
	"log/slog"
	"math"
	"sync/atomic"
)

// A LogControl is what may be changed of the log while it is written, from any
// goroutine. Levels are OpenSIPS's, from -3 (alert) to 4 (debug).
type LogControl struct {
	muted  atomic.Bool
	filter atomic.Int32  // what is more detailed is not queued
	own    slog.LevelVar // of Group.Logger
}

// LogControl returns the group's.
func (g *Group) LogControl() *LogControl { return &g.log.control }

// Mute stops, or goes on with, all writing. Lines of the time between are lost.
func (c *LogControl) Mute(on bool) { c.muted.Store(on) }

// Muted reports whether nothing is written.
func (c *LogControl) Muted() bool { return c.muted.Load() }

// noFilter lets every level pass.
const noFilter = math.MaxInt32

// SetFilter keeps lines of higher levels out, whatever makes them; 0 lets all pass, as
// in OpenSIPS.
func (c *LogControl) SetFilter(level int) {
	if level == 0 {
		level = noFilter
	}
	c.filter.Store(int32(level))
}

// Filter returns what SetFilter was given.
func (c *LogControl) Filter() int {
	if n := c.filter.Load(); n != noFilter {
		return int(n)
	}
	return 0
}

// SetLevel sets the level above which Group.Logger makes no lines.
func (c *LogControl) SetLevel(level int) {
	c.own.Set([...]slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug}[min(max(level, 0), 4)])
}

// passes reports whether a line of level is to be queued.
func (c *LogControl) passes(level int) bool { return level <= int(c.filter.Load()) }

// levelOf is OpenSIPS's number for a level of slog.
func levelOf(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return levelError
	case level >= slog.LevelWarn:
		return 1
	case level >= slog.LevelInfo:
		return 3
	}
	return 4
}
