package ua

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// cancelWait is how long an interrupted call waits for the provisional response
// that permits CANCEL, and then for the final one.
const cancelWait = 5 * time.Second

// A caller is one outgoing call.
type caller struct {
	*agent
	invite *sip.Request

	mu      sync.Mutex
	dialogs map[string]*sip.Request // ACK by the tag of the 2xx it is for
	main    *dialog                 // the first 2xx's
	hungUp  chan struct{}           // closed by the peer's BYE
	once    sync.Once
}

// call is "fastsips call": INVITE, ACK, a pause, BYE.
func call(ctx context.Context, o *options, w io.Writer) (int, error) {
	a, err := newAgent(o, w)
	if err != nil {
		return exitTimeout, err
	}
	defer a.Close()
	c := &caller{agent: a, dialogs: map[string]*sip.Request{}, hungUp: make(chan struct{})}
	a.server.OnBye(c.onBye)
	a.serve()
	if c.invite, err = a.newRequest(sip.INVITE, o.target, o.from, o.target.String()); err != nil {
		return exitUsage, err
	}
	a.setSDP(c.invite)
	res, err := c.setUp(ctx)
	if err != nil || !res.IsSuccess() {
		return a.outcome(res, err)
	}
	return c.talk(ctx)
}

// setUp sends the INVITE, again with credentials if asked, and returns its final
// response; a 2xx has been acknowledged by then.
func (c *caller) setUp(ctx context.Context) (*sip.Response, error) {
	patience := time.NewTimer(c.o.timeout)
	defer patience.Stop()
	res, err := c.ring(ctx, patience)
	if err != nil || !c.challenged(res) {
		return res, err
	}
	if c.invite, err = c.authorise(c.invite, res); err != nil {
		return nil, err
	}
	return c.ring(ctx, patience)
}

// ring runs one INVITE transaction. When ctx ends or patience runs out it
// cancels (RFC 3261 §9.1), which takes a provisional response first.
func (c *caller) ring(ctx context.Context, patience *time.Timer) (*sip.Response, error) {
	tx, err := c.begin(context.WithoutCancel(ctx), c.invite)
	if err != nil {
		return nil, err
	}
	tx.OnRetransmission(c.again)
	var provisional, cancelled bool
	var why error // set once we want no call any more
	interrupt, late := ctx.Done(), patience.C
	var cancelling sync.WaitGroup
	defer cancelling.Wait()
	cancel := func() {
		if why != nil && provisional && !cancelled {
			cancelled = true
			cancelling.Go(func() { c.cancel(ctx) })
		}
	}
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				provisional = true
				cancel()
			case res.IsSuccess():
				return res, c.answered(ctx, res)
			case why != nil && errors.Is(why, errNoAnswer):
				return nil, why
			default:
				return res, nil
			}
		case <-interrupt:
			interrupt, why = nil, errors.New("interrupted")
			patience.Reset(cancelWait)
			cancel()
		case <-late:
			if why != nil || !provisional {
				return nil, errNoAnswer
			}
			why = fmt.Errorf("%w within %v", errNoAnswer, c.o.timeout)
			patience.Reset(cancelWait)
			cancel()
		case <-tx.Done():
			return nil, fmt.Errorf("%w to INVITE: %w", errNoAnswer, tx.Err())
		}
	}
}

// cancel sends CANCEL for the INVITE, which ends by its own final response.
func (c *caller) cancel(ctx context.Context) {
	r := sip.NewRequest(sip.CANCEL, c.invite.Recipient)
	sip.CopyHeaders("Via", c.invite, r)
	sip.CopyHeaders("Route", c.invite, r)
	for _, h := range []string{"From", "To", "Call-ID", "CSeq", "Max-Forwards"} {
		sip.CopyHeaders(h, c.invite, r)
	}
	r.CSeq().MethodName = sip.CANCEL
	r.SetTransport(c.invite.Transport())
	r.SetDestination(c.invite.Destination())
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer stop()
	if _, err := c.attempt(ctx, r); err != nil {
		c.ladder.note("%v", err)
	}
}

// answered makes the dialog of a 2xx and acknowledges it. The lock makes a
// repetition of the 2xx wait for that.
func (c *caller) answered(ctx context.Context, res *sip.Response) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := uacDialog(c.invite, res)
	ack, err := d.ack(ctx, c.agent)
	if err != nil {
		return err
	}
	c.dialogs[tag(d.remote)] = ack
	if c.main == nil {
		c.main = d
	}
	return nil
}

// again meets a further 2xx: the ACK was lost, or a second branch of a forking
// proxy has answered too, which is acknowledged and hung up (RFC 3261 §13.2.2.4).
func (c *caller) again(res *sip.Response) {
	if !res.IsSuccess() {
		return
	}
	c.mu.Lock()
	ack, known := c.dialogs[tag(res.To().Value())]
	early := c.main == nil
	c.mu.Unlock()
	if early {
		return // it overtook our work on the first 2xx, and will be repeated
	}
	if known {
		if err := c.repeat(ack); err != nil {
			c.ladder.note("ACK: %v", err)
		}
		return
	}
	go c.second(res) // not on sipgo's goroutine, which would deliver the answer to the BYE
}

// second ends the call with the branch that answered too late.
func (c *caller) second(res *sip.Response) {
	ctx := context.Background() // bounded by the timeout within do
	if err := c.answered(ctx, res); err != nil {
		c.ladder.note("ACK: %v", err)
		return
	}
	if _, err := uacDialog(c.invite, res).bye(ctx, c.agent); err != nil {
		c.ladder.note("second answer: %v", err)
	}
}

// talk holds the call and hangs up, unless the peer does it before.
func (c *caller) talk(ctx context.Context) (int, error) {
	hold := time.NewTimer(c.o.hold)
	defer hold.Stop()
	select {
	case <-hold.C:
	case <-ctx.Done():
	case <-c.hungUp:
		c.ladder.note("the peer hung up")
		return exitOK, nil
	}
	return c.outcome(c.main.bye(context.WithoutCancel(ctx), c.agent))
}

func (c *caller) onBye(r *sip.Request, tx sip.ServerTransaction) {
	c.mu.Lock()
	ours := c.main != nil && c.main.holds(r)
	c.mu.Unlock()
	if !ours {
		c.respond(r, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		return
	}
	c.respond(r, tx, sip.StatusOK, "OK", nil)
	c.once.Do(func() { close(c.hungUp) })
}
