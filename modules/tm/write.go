package tm

import (
	"bytes"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/unixwrite"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A handover is what t_write_req and t_write_unix have of the module.
type handover struct {
	timeout    time.Duration
	appendices []*appendix
	writer     *unixwrite.Writer
}

func (w *handover) declare(p *module.Params) {
	p.SecondsFrom(&w.timeout, "unix_tx_timeout", 2*time.Second, time.Second, "seconds that t_write_req and t_write_unix wait for a slow reader")
	p.Func("tw_append", `lines to add for t_write_req and t_write_unix: "name: title=$variable; …"`, func(text string) error {
		a, err := parseAppendix(text)
		if err == nil {
			w.appendices = append(w.appendices, a)
		}
		return err
	})
}

func (w *handover) functions() []*script.Func {
	const doc = " Makes the transaction if there is none, and keeps it open for fr_timeout; -1: nobody reads there, or no such tw_append."
	info := script.Str("info", "action, or action/name of a tw_append")
	return []*script.Func{
		script.Func2("t_write_req", "Tell another program of the request, by a FIFO."+doc, script.R|script.F|script.B,
			info, script.Str("fifo", "path"), func(c *script.Ctx, info, path []byte) script.Ret { return w.write(c, info, path, true) }).MayWait(),
		script.Func2("t_write_unix", "Tell another program of the request, by a UNIX datagram socket."+doc, script.R|script.F|script.B,
			info, script.Str("socket", "path"), func(c *script.Ctx, info, path []byte) script.Ret { return w.write(c, info, path, false) }).MayWait(),
	}
}

func (w *handover) start(e *module.Env, g *loop.Group, ops *asyncops.Set) error {
	for _, a := range w.appendices {
		if err := a.compile(e.Registry()); err != nil {
			return err
		}
	}
	w.writer = unixwrite.New(g, ops, unixwrite.Config{})
	return nil
}

func (w *handover) close() {
	if w.writer != nil {
		w.writer.Close()
	}
}

// find splits info into the action and the tw_append that it names, nil for none.
func (w *handover) find(info []byte) (action []byte, a *appendix, ok bool) {
	action, name, named := bytes.Cut(info, []byte{'/'})
	if len(action) == 0 {
		return nil, nil, false
	}
	if !named {
		return action, nil, true
	}
	for _, a := range w.appendices {
		if a.name == string(name) {
			return action, a, true
		}
	}
	return nil, nil, false
}

func (w *handover) write(c *script.Ctx, info, path []byte, fifo bool) script.Ret {
	x := proxy.From(c)
	action, a, ok := w.find(info)
	if !ok {
		c.LogError("tm: there is no tw_append for %q", info)
		return -1
	}
	if x.Visible() == nil && !x.NewTransaction() {
		return -1
	}
	op := w.writer.Write(x.Loop())
	if fifo {
		op.ToFIFO(path)
	} else {
		op.ToSocket(path)
	}
	h := describe(c, x)
	h.action = action
	if a != nil {
		h.appended = a.appendTo(c, nil)
	}
	if m := x.Req.Msg.Method(); m == sipparse.Invite || m == sipparse.Info || a != nil && a.body {
		h.body = x.Req.Msg.Body()
	}
	op.SetData(h.appendTo(op.Buffer()))
	return c.AwaitFor(op, written, w.timeout)
}

// describe fills in what every handoff has.
func describe(c *script.Ctx, x *proxy.Context) handoff {
	m := &x.Req.Msg
	var h handoff
	h.read(m, c.Alloc(512))
	uri := x.Target.URI(m.RequestURI())
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) == sipparse.OK {
		h.user, h.domain = u.User.Of(uri), u.Host.Of(uri)
	}
	ls, local := x.Req.Listener, x.Req.From.Local
	if !local.IsValid() {
		local = ls.Addr()
	}
	h.ip, h.port = local.AppendIP(c.Alloc(40)[:0]), int(ls.Addr().Port())
	h.flags = x.Req.Flags()
	h.id = strconv.AppendInt(c.Alloc(32)[:0], int64(x.Loop().Index()), 10)
	h.id = strconv.AppendUint(append(h.id, ':'), uint64(x.TxID()), 16)
	return h
}

// written makes the value. Whoever was told has fr_timeout to bring an answer about.
func written(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	x, w := proxy.From(c), op.(*unixwrite.Write)
	err := w.Err()
	w.Free(x.Loop())
	if out != asyncops.Completed {
		if err != nil {
			c.LogError("tm: the request cannot be written: %v", err)
		}
		return -1
	}
	x.ExpectAnswer()
	return 1
}
