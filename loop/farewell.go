package loop

// A farewell keeps a connection, whose peer has said that it sends no more, until what
// other loops answer at once to its last messages has come back. It goes round the
// loops: after two laps those messages have been posted, in the third they are looked
// at, in the last what that led to is posted before it.
type farewell struct {
	task Task
	id   StreamID
	left int // loops to go to
}

const farewellLaps = 4

// sayFarewell reads nothing any more, and ends c when its farewell is back.
func (c *Stream) sayFarewell(l *Loop) {
	c.state, c.leaving, c.awaits, c.paused = streamFinishing, true, true, true
	c.dropInput(l)
	c.stateBy = l.now + int64(finishTime)
	c.dueAt(l, c.stateBy)
	c.watchFor(l)
	f := &farewell{id: c.id, left: farewellLaps * l.Count()}
	f.task.Run = f.run
	f.run(l)
}

func (f *farewell) run(l *Loop) {
	if f.left > 0 {
		f.left--
		l.group.loops[(l.index+1)%l.Count()].inbox.post(&f.task)
		return
	}
	if c := l.Stream(f.id); c != nil {
		c.ended(l)
	}
}
