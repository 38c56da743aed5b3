package rawcalls

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// Config says what calls to make. Proxy and Calls are required.
type Config struct {
	Proxy    string        // host:port
	Calls    int           // in all
	Rate     int           // per second; zero means as fast as Window lets
	Window   int           // unfinished ones at a time; zero means 64
	Patience time.Duration // how long no call may get on before it gives up; zero means 10 s
	// Saw, unless it is nil, is shown each INVITE that the callee answers, and each
	// response to it that the caller gets, on two goroutines. It keeps nothing of m.
	Saw func(call int, m []byte)
}

// Result is what the caller saw.
type Result struct {
	Completed int           // calls whose BYE was answered
	Ringing   int           // 180s that came
	Answered  int           // 200s to INVITEs that came
	InOrder   int           // calls that got one 180, then one 200, and no more
	Drops     int           // datagrams that the kernel dropped at the two sockets
	Elapsed   time.Duration // from the first INVITE to the last answer
}

// A run is the calls in progress. The fields of the first group are fixed, those
// of the second belong to the goroutine that reads the caller's socket.
type run struct {
	cfg    Config
	caller *net.UDPConn // connected to the proxy
	callee *net.UDPConn // likewise
	slots  chan bool    // one for each unfinished call
	failed atomic.Pointer[error]

	res   Result
	calls []progress
	last  time.Time
}

// progress is what has come for a call.
type progress uint8

const (
	nothing progress = iota
	ringing
	answered
	disordered
)

// Run makes the calls. It returns an error only if that was not possible; what came
// of them is in the result.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if cfg.Window == 0 {
		cfg.Window = 64
	}
	if cfg.Patience == 0 {
		cfg.Patience = 10 * time.Second
	}
	r := &run{cfg: cfg, calls: make([]progress, cfg.Calls), slots: make(chan bool, cfg.Window)}
	var err error
	if r.caller, err = dial(cfg.Proxy); err != nil {
		return r.res, err
	}
	defer r.caller.Close()
	if r.callee, err = dial(cfg.Proxy); err != nil {
		return r.res, err
	}
	defer r.callee.Close()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { _ = r.caller.SetReadDeadline(time.Now()) })
	defer stop()
	var group sync.WaitGroup
	group.Go(r.answerAll)
	group.Go(func() { r.inviteAll(ctx) })
	begin := time.Now()
	r.read(ctx)
	r.res.Elapsed = r.last.Sub(begin)
	r.count()
	cancel()
	err = r.drops()
	r.callee.Close()
	group.Wait()
	if e := r.failed.Load(); e != nil && err == nil {
		err = *e
	}
	return r.res, err
}

func dial(proxy string) (*net.UDPConn, error) {
	to, err := netip.ParseAddrPort(proxy)
	if err != nil {
		return nil, err
	}
	c, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, net.UDPAddrFromAddrPort(to))
	if err == nil {
		_ = c.SetReadBuffer(4 << 20) // as much of it as the kernel grants
	}
	return c, err
}

// inviteAll sends the INVITEs, as many at a time as there are slots and not more
// than the rate says.
func (r *run) inviteAll(ctx context.Context) {
	w := writer{local: r.caller.LocalAddr().String(), callee: r.callee.LocalAddr().String()}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for n := range r.cfg.Calls {
		for r.cfg.Rate > 0 && n >= int(time.Since(begin).Seconds()*float64(r.cfg.Rate)) {
			<-tick.C
		}
		select {
		case r.slots <- true:
		case <-ctx.Done():
			return
		}
		r.write(r.caller, w.invite(n))
	}
}

// write sends a datagram. The first error that is not the peer's is kept.
func (r *run) write(c *net.UDPConn, b []byte) {
	if _, err := c.Write(b); err != nil {
		r.failed.CompareAndSwap(nil, &err)
	}
}

// read takes what comes to the caller until all calls are complete, nothing comes
// any more, or ctx ends.
func (r *run) read(ctx context.Context) {
	w := writer{local: r.caller.LocalAddr().String(), callee: r.callee.LocalAddr().String()}
	b := make([]byte, 65536)
	for r.last = time.Now(); r.res.Completed < r.cfg.Calls && ctx.Err() == nil; {
		_ = r.caller.SetReadDeadline(r.last.Add(r.cfg.Patience))
		n, err := r.caller.Read(b)
		if err != nil {
			if time.Since(r.last) < r.cfg.Patience && ctx.Err() == nil {
				continue // ECONNREFUSED of an earlier datagram
			}
			return
		}
		if r.take(response(b[:n]), &w) {
			r.last = time.Now()
		}
	}
}

// take goes on with the call that a response belongs to. It reports whether the
// response was one that a call has to have.
func (r *run) take(m response, w *writer) bool {
	n, status := m.call(), m.status()
	if n < 0 || n >= r.cfg.Calls {
		return false
	}
	if r.cfg.Saw != nil && m.to("INVITE") {
		r.cfg.Saw(n, m)
	}
	switch {
	case m.to("BYE") && status == 200:
		r.res.Completed++
		<-r.slots
	case m.to("BYE"):
		return false
	case status == 180:
		r.res.Ringing++
		r.step(n, nothing, ringing)
	case status == 200:
		r.res.Answered++
		r.step(n, ringing, answered)
		r.write(r.caller, w.inDialog("ACK", n, m))
		r.write(r.caller, w.inDialog("BYE", n, m))
	default:
		return false
	}
	return true
}

func (r *run) step(n int, from, to progress) {
	if r.calls[n] != from {
		to = disordered
	}
	r.calls[n] = to
}

func (r *run) count() {
	for _, p := range r.calls {
		if p == answered {
			r.res.InOrder++
		}
	}
}

// answerAll is the callee: one 180 and one 200 for each INVITE, whatever copies of
// it come, and a 200 for each BYE.
func (r *run) answerAll() {
	w := writer{local: r.callee.LocalAddr().String()}
	seen := make([]bool, r.cfg.Calls)
	b := make([]byte, 65536)
	for {
		n, err := r.callee.Read(b)
		if err != nil {
			if isClosed(err) {
				return
			}
			continue // ECONNREFUSED of an earlier datagram
		}
		m := request(b[:n])
		k := m.call()
		switch {
		case k < 0 || k >= r.cfg.Calls:
		case m.is("INVITE ") && !seen[k]:
			seen[k] = true
			if r.cfg.Saw != nil {
				r.cfg.Saw(k, m)
			}
			r.write(r.callee, w.answer(m, "180 Ringing", nil))
			r.write(r.callee, w.answer(m, "200 OK", sdp))
		case m.is("BYE "):
			r.write(r.callee, w.answer(m, "200 OK", nil))
		}
	}
}

// drops adds up what the kernel dropped at the two sockets.
func (r *run) drops() error {
	for _, c := range []*net.UDPConn{r.caller, r.callee} {
		n, err := sipprun.UDPDrops(c.LocalAddr().(*net.UDPAddr).Port)
		if err != nil {
			return err
		}
		r.res.Drops += n
	}
	return nil
}
