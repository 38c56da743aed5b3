package proxy

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/timer"
)

// A timerRoute is a timer_route that this loop runs: each is run by one loop, whose
// number its name gives. It is the script's of the moment that runs: a reload changes
// what is to run, and when, and leaves a run that goes on alone.
type timerRoute struct {
	name     string
	interval time.Duration
	next     int64 // when the next tick is due
	armed    timer.Handle
	slot     int  // in shard.timers
	waits    bool // its run is parked: ticks are skipped
	told     bool // the log knows of that
}

// ownerOfTimer is the loop that runs the timer_route of that name.
func (p *Proxy) ownerOfTimer(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32() % uint32(p.group.Len()))
}

// followScript makes this loop's timers those of the script of the moment. One whose name
// and interval are as before keeps its time; one with another interval begins to count
// anew, and its run, if it waits, is still the one that it waits for.
func (s *shard) followScript(l *loop.Loop) {
	if l.Held() {
		return // the startup_route has not ended: takeMessages comes back
	}
	var list []timerWanted
	if !s.timersEnded {
		list = s.p.program().timers
	}
	wanted := func(name string) int {
		return slices.IndexFunc(list, func(w timerWanted) bool { return w.name == name })
	}
	for _, t := range s.timers {
		if t != nil && wanted(t.name) < 0 {
			s.dropTimer(l, t)
		}
	}
	for _, w := range list {
		if s.p.ownerOfTimer(w.name) == l.Index() {
			s.followTimer(l, w)
		}
	}
}

func (s *shard) followTimer(l *loop.Loop, w timerWanted) {
	i := slices.IndexFunc(s.timers, func(t *timerRoute) bool { return t != nil && t.name == w.name })
	if i < 0 {
		s.addTimer(l, w)
		return
	}
	if t := s.timers[i]; t.interval != w.interval {
		l.StopTimer(t.armed)
		t.interval, t.next = w.interval, l.Now()
		s.armTimer(l, t)
	}
}

func (s *shard) addTimer(l *loop.Loop, w timerWanted) {
	t := &timerRoute{name: w.name, interval: w.interval, next: l.Now(), slot: slices.Index(s.timers, nil)}
	if t.slot < 0 {
		t.slot = len(s.timers)
		s.timers = append(s.timers, nil)
	}
	s.timers[t.slot] = t
	s.armTimer(l, t)
}

// dropTimer ends t; its run, if it waits, goes on.
func (s *shard) dropTimer(l *loop.Loop, t *timerRoute) {
	l.StopTimer(t.armed)
	s.timers[t.slot] = nil
}

// armTimer arms the tick after the last one; ticks that the loop has missed are left out.
func (s *shard) armTimer(l *loop.Loop, t *timerRoute) {
	for t.next += int64(t.interval); t.next <= l.Now(); t.next += int64(t.interval) {
		s.counters.TimerSkips.Inc()
	}
	t.armed = l.Timers().Arm(t.next, s.p.kinds.timerRoute, uint64(t.slot))
}

// tick runs the route, unless its last run still waits.
func (s *shard) tick(l *loop.Loop, slot int) {
	t := s.timers[slot]
	if t == nil {
		return
	}
	s.armTimer(l, t)
	if t.waits {
		s.skipTick(t)
		return
	}
	prog := s.p.program()
	route := prog.script.Route(syntax.TimerRoute, t.name)
	if route < 0 {
		return // the script has just been replaced: followScript is under way
	}
	t.waits = true
	j := s.newJob()
	j.timer = t
	s.counters.TimerRuns.Inc()
	s.runJob(l, prog, forTimer, syntax.TimerRoute, route, j)
}

func (s *shard) skipTick(t *timerRoute) {
	s.counters.TimerSkips.Inc()
	if !t.told {
		t.told = true
		s.p.group.Logger().Warn("timer_route is due again while its last run still waits: ticks are skipped", "timer_route", t.name)
	}
}

func (t *timerRoute) ended() { t.waits, t.told = false, false }

// EndTimers lets no timer_route run again; one that waits goes on. It must not be called
// on a loop.
func (p *Proxy) EndTimers() {
	for i := range p.group.Len() {
		p.group.Do(i, func(l *loop.Loop) {
			s := p.on(l)
			s.timersEnded = true
			s.followScript(l)
		})
	}
}

// followProgram has the timer_routes of all loops follow the program that was stored.
func (p *Proxy) followProgram() {
	for i := range p.group.Len() {
		p.group.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) { p.on(l).followScript(l) }})
	}
}
