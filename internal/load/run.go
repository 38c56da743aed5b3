package load

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
	"unsafe"

	"github.com/fastsips/fastsips/internal/sipprun"
	"golang.org/x/sys/unix"
)

// tick is how often timers are looked at.
const tick = 5 * time.Millisecond

// A run is the calls in progress.
type run struct {
	cfg              Config
	w                writer
	poll             int
	callers, callees []*socket
	byFD             map[int32]*socket
	in               *packets
	events           [2 * maxSockets]unix.EpollEvent

	calls    []call
	free     []uint32
	inFlight int
	repeat   [len(repeats)]waits
	held     waits // for the BYE
	late     waits
	fields   fields
	proxy    []byte // URI of the proxy itself

	at        clock
	due       float64 // open loop: when the next call is to be begun
	random    *rand.Rand
	measuring bool
	ended     int // calls, so far
	second    Second
	statuses  [700]int
	setup     histogram
	res       Result
}

// Run makes the calls. An error means that this was not possible; what came of the
// calls is in the result.
func Run(ctx context.Context, cfg Config) (Result, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return Result{}, err
	}
	r := newRun(cfg, uint64(time.Now().UnixNano()))
	defer r.close()
	if err := r.open(); err != nil {
		return Result{}, err
	}
	r.make(ctx)
	return r.finish()
}

func newRun(cfg Config, seed uint64) *run {
	r := &run{cfg: cfg, in: newPackets(), byFD: map[int32]*socket{}, poll: -1}
	r.random = rand.New(rand.NewPCG(seed, 0))
	r.w = writer{run: append(strconv.AppendUint(nil, seed&0xffffff, 16), "@127.0.0.1"...), domain: []byte(cfg.Domain)}
	r.proxy = []byte("sip:" + cfg.User + "@" + cfg.Proxy.String())
	return r
}

func (r *run) open() (err error) {
	if r.poll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	for i := range r.cfg.Callers + r.cfg.Callees {
		s, err := dial(r.cfg.Proxy, r.cfg.User, r.cfg.port(i), i >= r.cfg.Callers)
		if err != nil {
			return err
		}
		if r.byFD[int32(s.fd)] = s; s.callee {
			r.callees = append(r.callees, s)
		} else {
			r.callers = append(r.callers, s)
		}
		if err := unix.EpollCtl(r.poll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(s.fd)}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) close() {
	for fd := range r.byFD {
		_ = unix.Close(int(fd))
	}
	_ = unix.Close(r.poll)
}

// A clock is the times of a run, in ns.
type clock struct {
	start, begin, end, stop int64
	second                  int64 // when the next one of the timeline is over
	looked                  int64 // when timers were looked at
}

// make makes the calls: the ramp and the warm-up, what is measured, the rest.
func (r *run) make(ctx context.Context) {
	t := &r.at
	t.start = nanotime()
	t.begin, t.second = t.start+int64(r.cfg.Warm), t.start+int64(time.Second)
	t.end, t.stop = math.MaxInt64, math.MaxInt64
	r.res.Timeline = make([]Second, 0, 8+int((r.cfg.Warm+r.cfg.Measure+r.cfg.Drain)/time.Second))
	r.due = math.Inf(1)
	if r.cfg.Rate > 0 {
		r.due = float64(t.start)
		r.next()
	}
	before := measured{}
	for now := t.start; now < t.stop && ctx.Err() == nil && (t.stop == math.MaxInt64 || r.inFlight > 0); now = nanotime() {
		if !r.measuring && r.warmed(now) && t.end == math.MaxInt64 {
			before = r.mark(Begin)
			now = before.at
			t.end = now + int64(r.cfg.Measure)
		}
		if r.measuring && now >= t.end && r.due > float64(t.end) {
			r.account(before, r.mark(End))
			now = nanotime()
			t.stop = now + int64(r.cfg.Drain)
		}
		if t.stop == math.MaxInt64 {
			r.start(min(now, t.end), now)
		}
		r.look(now)
		r.flush()
		r.receive(r.patience(now))
	}
	r.endSecond()
	for _, c := range r.calls {
		if c.state != over && c.measured {
			r.res.Failed++
		}
	}
}

// fillWithin bounds the warm-up of a proxy that does not get done with Config.Fill.
const fillWithin = 5 * time.Minute

// warmed reports whether the measuring may begin.
func (r *run) warmed(now int64) bool {
	return now >= r.at.begin && (r.res.Begun >= r.cfg.Fill || now >= r.at.start+int64(fillWithin))
}

// look deals with what is to be done at some time.
func (r *run) look(now int64) {
	if now-r.at.looked >= int64(tick) {
		r.at.looked = now
		r.expire(now)
	}
	for ; now >= r.at.second; r.at.second += int64(time.Second) {
		r.endSecond()
	}
}

func (r *run) endSecond() {
	r.second.InFlight = r.inFlight
	r.res.Timeline = append(r.res.Timeline, r.second)
	r.cfg.EachSecond(r.second)
	r.second = Second{}
}

// start begins the calls that are due until some time; of an open loop that is late,
// also after the end.
func (r *run) start(until, now int64) {
	if r.cfg.Rate > 0 {
		for n := 0; r.due <= float64(until) && n < batch; n++ {
			due := int64(r.due)
			if r.measuring {
				r.res.Behind = max(r.res.Behind, float64(now-due)/1e9)
			}
			r.begin(due, now)
			r.next()
		}
		return
	}
	limit := r.cfg.InFlight
	if since := time.Duration(now - r.at.start); since < r.cfg.Ramp {
		limit = int(float64(limit) * since.Seconds() / r.cfg.Ramp.Seconds())
	}
	for n := 0; r.inFlight < limit && n < batch; n++ {
		r.begin(now, now)
	}
}

// next says when the next call of an open loop is due.
func (r *run) next() {
	interval := 1e9 / r.cfg.Rate
	if r.cfg.Poisson {
		interval *= r.random.ExpFloat64()
	}
	r.due += interval
}

// patience is how long to wait for datagrams.
func (r *run) patience(now int64) int64 {
	switch {
	case r.cfg.Busy:
		return 0
	case now >= r.at.end || r.cfg.Rate == 0 && time.Duration(now-r.at.start) >= r.cfg.Ramp:
		return int64(tick)
	case r.cfg.Rate == 0:
		return int64(time.Millisecond)
	}
	return min(max(int64(r.due)-nanotime(), 0), int64(tick))
}

func (r *run) flush() {
	for _, s := range r.callers {
		if s.out.n > 0 {
			s.flush()
		}
	}
	for _, s := range r.callees {
		if s.out.n > 0 {
			s.flush()
		}
	}
}

// receive waits for datagrams and deals with them.
func (r *run) receive(ns int64) {
	limit := unix.NsecToTimespec(ns)
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(r.poll), uintptr(unsafe.Pointer(&r.events[0])), uintptr(len(r.events)),
		uintptr(unsafe.Pointer(&limit)), 0, 0)
	if errno != 0 {
		return // EINTR
	}
	for _, ev := range r.events[:n] {
		s := r.byFD[ev.Fd]
		for range 4 {
			k := s.receive(r.in)
			now := nanotime()
			for i := range k {
				if s.callee {
					r.serve(s, r.in.at(i))
				} else {
					r.hear(r.in.at(i), now)
				}
			}
			if k < batch {
				break
			}
		}
		s.flush()
	}
}

// measured is what is noted at a mark.
type measured struct {
	at    int64
	ended int
	cpu   float64
}

// mark stops the run while somebody takes notes.
func (r *run) mark(m Mark) measured {
	from := nanotime()
	r.cfg.Mark(m)
	to := nanotime()
	r.pause(to - from)
	r.measuring = m == Begin
	at := from
	if m == Begin {
		at = to // what marking took does not count
	}
	return measured{at, r.ended, processTime()}
}

// pause takes the time that marking took from the calls that are under way, and puts
// off those that are due.
func (r *run) pause(ns int64) {
	r.due += float64(ns)
	for i := range r.calls {
		r.calls[i].begun += ns
	}
}

func (r *run) account(from, to measured) {
	r.res.Seconds = float64(to.at-from.at) / 1e9
	r.res.Ended = to.ended - from.ended
	r.res.Rate = float64(r.res.Ended) / r.res.Seconds
	r.res.CPU = to.cpu - from.cpu
}

func (r *run) finish() (Result, error) {
	var errs []error
	for _, s := range r.byFD {
		n, err := sipprun.UDPDrops(s.port)
		errs = append(errs, err)
		r.res.Drops += n + s.dropped
	}
	r.res.Setup = r.setup.latency()
	r.res.Statuses = map[int]int{}
	for status, n := range r.statuses {
		if n > 0 {
			r.res.Statuses[status] = n
		}
	}
	return r.res, errors.Join(errs...)
}

func processTime() float64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // fails for a bad pointer only
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

var epoch = time.Now()

func nanotime() int64 { return int64(time.Since(epoch)) }
