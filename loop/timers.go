package loop

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/timer"
)

// After fires k and ref when d has passed since Now, at most a tick (1 ms) late
// plus what the loop is busy with.
func (l *Loop) After(d time.Duration, k timer.Kind, ref uint64) timer.Handle {
	return l.wheel.Arm(l.now+int64(d), k, ref)
}

// StopTimer disarms h and reports whether it was armed.
func (l *Loop) StopTimer(h timer.Handle) bool { return l.wheel.Stop(h) }

// Timers returns l's wheel, whose times are those of Now. The loop advances it.
func (l *Loop) Timers() *timer.Wheel { return l.wheel }

// advance fires what is due.
func (l *Loop) advance() {
	if at, ok := l.wheel.Next(); ok && at <= l.now {
		l.lag.Observe(l.now - at)
		l.wheel.Advance(l.now, l.fire)
	}
}

func (l *Loop) fireTimer(k timer.Kind, ref uint64) {
	defer l.recovered("timer")
	bump(&l.stats.Timers, 1)
	l.group.kinds[k](l, ref)
}

// armTimer sets the timerfd if it would come too late. If it comes too early,
// since its timer was stopped or has been fired by another pass, that costs one
// pass; setting it each time would cost more.
func (l *Loop) armTimer() {
	at, ok := l.wheel.Next()
	if !ok || l.armed != 0 && l.armed <= at {
		return
	}
	l.armed = at
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(at, 1))}
	_ = unix.TimerfdSettime(l.timerfd, unix.TFD_TIMER_ABSTIME, &spec, nil)
}

// timerExpired handles the timerfd. It is edge-triggered and so is never read.
type timerExpired struct{}

func (timerExpired) Ready(l *Loop, _ *Watch, _ Events) { l.armed = 0 }
