package tm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/timer"
)

const tmKind timer.Kind = 7

// rig is a Table on a wheel, driven from one due instant to the next.
type rig struct {
	t     *testing.T
	wheel *timer.Wheel
	table *Table
	now   int64
	log   []string
}

func newRig(t *testing.T, timing Timing) *rig {
	w := timer.New(0)
	return &rig{t: t, wheel: w, table: NewTable(w, tmKind, timing)}
}

// runTo moves the time to at and logs what each timer asked for, as "1.5s A
// Request".
func (r *rig) runTo(at time.Duration) {
	for {
		next, ok := r.wheel.Next()
		if !ok || next > int64(at) {
			break
		}
		r.now = max(r.now, next)
		r.wheel.Advance(r.now, r.fire)
	}
	r.now = int64(at)
	r.wheel.Advance(r.now, r.fire)
}

func (r *rig) fire(k timer.Kind, ref uint64) {
	if k != tmKind {
		r.t.Fatalf("a timer of kind %d", k)
	}
	id, ev, fx := r.table.Timer(ref, r.now)
	if id == 0 {
		r.t.Fatalf("%v: the wheel fired reference %x, which is out of date", time.Duration(r.now), ref)
	}
	r.note(strings.TrimPrefix(ev.String(), "Timer"), fx)
}

func (r *rig) note(what string, fx Effects) {
	line := fmt.Sprintf("%v %s", time.Duration(r.now), what)
	if fx.Send != Nothing {
		line += " " + fx.Send.String()
	}
	if fx.Deliver {
		line += " deliver"
	}
	if fx.Terminated {
		line += " end"
	}
	r.log = append(r.log, line)
}

func (r *rig) step(at time.Duration, id ID, ev Event) {
	r.runTo(at)
	r.note(ev.String(), r.table.Step(id, ev, r.now))
}

func (r *rig) reply(at time.Duration, id ID, status int) {
	r.runTo(at)
	r.note(fmt.Sprint(status), r.table.Reply(id, status, r.now))
}

// want runs for an hour and compares the log; then nothing may be left.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	r.runTo(time.Hour)
	if got, want := strings.Join(r.log, "\n"), strings.Join(lines, "\n"); got != want {
		r.t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if n, running := r.table.Len(), r.wheel.Len(); n != 0 || running != 0 {
		r.t.Errorf("%d transactions and %d timers are left", n, running)
	}
}

// Timer A doubles without a limit until timer B, here 64*T1. RFC 3261 §17.1.1.2
//
// checklist: C054
func TestScheduleInviteToNobody(t *testing.T) {
	r := newRig(t, Timing{FR: 32 * sec})
	r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.want("500ms A Request", "1.5s A Request", "3.5s A Request", "7.5s A Request", "15.5s A Request",
		"31.5s A Request", "32s B deliver end")
}

// checklist: C055
func TestScheduleInviteToNobodyOverTCP(t *testing.T) {
	r := newRig(t, Timing{})
	r.table.NewClient(InviteClient, true, 2*sec, 0, 0)
	r.want("2s B deliver end")
}

// It rings, one response after the other restarts timer C, then it rings on in
// silence; the CANCEL is answered by nobody.
//
// checklist: C031 C033 C047
func TestScheduleInviteRingsForEver(t *testing.T) {
	r := newRig(t, Timing{RestartFROnEachReply: true})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.reply(200*ms, id, 100)
	r.reply(60*sec, id, 180)
	r.reply(150*sec, id, 180)
	r.reply(180*sec, id, 100)
	r.want("200ms 100 deliver", "1m0s 180 deliver", "2m30s 180 deliver", "3m0s 100 deliver",
		"4m30s C deliver", "5m2s Cancel end")
}

// restart_fr_on_each_reply=0: the first response, 183 and 189 rise; 182 and the
// second 183 do not, nor does 150 count, being below 180.
func TestScheduleInviteRestartsOnRisingCodesOnly(t *testing.T) {
	r := newRig(t, Timing{FRInvite: 10 * sec})
	id := r.table.NewClient(InviteClient, true, 0, 0, 0)
	r.reply(1*sec, id, 100)
	r.reply(2*sec, id, 150)
	r.reply(3*sec, id, 183)
	r.reply(4*sec, id, 182)
	r.reply(5*sec, id, 183)
	r.reply(6*sec, id, 189)
	r.reply(7*sec, id, 189)
	r.want("1s 100 deliver", "2s 150 deliver", "3s 183 deliver", "4s 182 deliver", "5s 183 deliver",
		"6s 189 deliver", "7s 189 deliver", "16s C deliver", "48s Cancel end")
}

// checklist: C057
func TestScheduleInviteBusy(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.reply(1*sec, id, 486)
	r.reply(1500*ms, id, 486) // our ACK was lost
	r.reply(34*sec, id, 486)  // too late to be known
	r.want("500ms A Request", "1s 486 Ack deliver", "1.5s 486 Ack", "33s D end", "34s 486")
}

// checklist: C088
func TestScheduleInviteAnswered(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.reply(100*ms, id, 180)
	r.reply(9*sec, id, 200)
	r.reply(10*sec, id, 200)
	r.want("100ms 180 deliver", "9s 200 deliver", "10s 200 deliver", "41s M end")
}

// The caller hangs up while it rings; nobody answers the CANCEL.
func TestScheduleInviteCancelled(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.reply(100*ms, id, 180)
	r.step(5*sec, id, SendCancel)
	r.want("100ms 180 deliver", "5s SendCancel", "37s Cancel deliver end")
}

// "For the default values of T1 and T2, this results in intervals of 500 ms, 1 s,
// 2 s, 4 s, 4 s, 4 s, etc." RFC 3261 §17.1.2.2
//
// checklist: C058
func TestScheduleOptionsToNobody(t *testing.T) {
	r := newRig(t, Timing{FR: 32 * sec})
	r.table.NewClient(NonInviteClient, false, 0, 0, 0)
	r.want("500ms E Request", "1.5s E Request", "3.5s E Request", "7.5s E Request", "11.5s E Request",
		"15.5s E Request", "19.5s E Request", "23.5s E Request", "27.5s E Request", "31.5s E Request",
		"32s F deliver end")
}

// A provisional slows retransmission down to every T2, from the next one on.
func TestScheduleOptionsProvisional(t *testing.T) {
	r := newRig(t, Timing{FR: 12 * sec})
	id := r.table.NewClient(NonInviteClient, false, 0, 0, 0)
	r.reply(600*ms, id, 100)
	r.want("500ms E Request", "600ms 100 deliver", "1.5s E Request", "5.5s E Request", "9.5s E Request",
		"12s F deliver end")
}

func TestScheduleOptionsAnswered(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(NonInviteClient, false, 0, 0, 0)
	r.reply(600*ms, id, 200)
	r.reply(700*ms, id, 200)
	r.want("500ms E Request", "600ms 200 deliver", "700ms 200", "5.6s K end")
}

// A 486 whose ACK never comes is repeated by timer G until timer H gives up.
//
// checklist: C061
func TestScheduleFinalWithoutAck(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewServer(InviteServer, false, Key{1, 1}, 0)
	r.step(0, id, Send3xx6xx)
	r.want("0s Send3xx6xx", "500ms G Response", "1.5s G Response", "3.5s G Response", "7.5s G Response",
		"11.5s G Response", "15.5s G Response", "19.5s G Response", "23.5s G Response", "27.5s G Response",
		"31.5s G Response", "32s H deliver end")
}

// checklist: C062
func TestScheduleFinalWithAck(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewServer(InviteServer, false, Key{1, 1}, 0)
	r.step(1*sec, id, Send1xx)
	r.step(2*sec, id, RecvRequest)
	r.step(3*sec, id, Send3xx6xx)
	r.step(4*sec, id, RecvAck)
	r.step(5*sec, id, RecvAck)
	r.want("1s Send1xx", "2s RecvRequest Response", "3s Send3xx6xx", "3.5s G Response", "4s RecvAck", "5s RecvAck", "9s I end")
}

// checklist: C087 C089
func TestScheduleServerAccepted(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewServer(InviteServer, false, Key{1, 1}, 0)
	r.step(1*sec, id, Send2xx)
	r.step(2*sec, id, RecvRequest)
	r.step(3*sec, id, RecvAck)
	r.want("1s Send2xx", "2s RecvRequest", "3s RecvAck deliver", "33s L end")
}

func TestScheduleOwn2xx(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewServer(InviteServer, true, Key{1, 1}, 0)
	r.step(0, id, SendOwn2xx)
	r.step(9*sec, id, RecvAck)
	r.want("0s SendOwn2xx", "500ms G Response", "1.5s G Response", "3.5s G Response", "7.5s G Response",
		"9s RecvAck deliver", "32s L end")
}

// checklist: C063
func TestScheduleServerCompleted(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewServer(NonInviteServer, false, Key{1, 1}, 0)
	r.step(0, id, RecvRequest)
	r.step(5*sec, id, Send1xx)
	r.step(6*sec, id, RecvRequest)
	r.step(7*sec, id, Send2xx)
	r.step(8*sec, id, RecvRequest)
	r.want("0s RecvRequest", "5s Send1xx", "6s RecvRequest Response", "7s Send2xx", "8s RecvRequest Response", "39s J end")
}
