package loop

import (
	"time"

	"golang.org/x/sys/unix"
)

// A clock turns Go's readings, which cost no system call, into CLOCK_MONOTONIC,
// which the timerfd counts in.
type clock struct {
	base   time.Time
	mono   int64 // CLOCK_MONOTONIC at base
	stands bool  // at base: a Virtual moves it
}

// newClock reads both clocks side by side until nothing came in between. Where
// reading them always takes more than a microsecond, the last good pair has to do.
func newClock() clock {
	var c clock
	for tries, best := 100, time.Hour; tries > 0 && best > time.Microsecond; tries, best = tries-1, best+best/4 {
		base := time.Now()
		var ts unix.Timespec
		_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
		if took := time.Since(base); took < best {
			best, c = took, clock{base: base, mono: ts.Nano() - int64(took/2)}
		}
	}
	return c
}

// read returns the time in both forms.
func (c *clock) read() (mono int64, wall time.Time) {
	if c.stands {
		return c.mono, c.base
	}
	wall = time.Now()
	return c.mono + int64(wall.Sub(c.base)), wall
}

// Now returns the time in nanoseconds, as Loop.Now does, to anybody.
func (g *Group) Now() int64 {
	now, _ := g.clock.read()
	return now
}
