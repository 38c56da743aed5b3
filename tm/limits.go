package tm

import "time"

// SetFRInvite gives an INVITE client transaction another timer C, in steps of 1 ms;
// zero means the table's. If it is running it begins anew.
func (t *Table) SetFRInvite(id ID, d time.Duration, now int64) {
	e := t.slab.alive(id)
	if e == nil || e.machine.role != InviteClient {
		return
	}
	e.machine.frInvite = toMillis(d)
	if e.limitTimer == TimerC {
		t.set(&e.limit, &e.limitTimer, e.machine.timerC(&t.timing), id, now)
	}
}
