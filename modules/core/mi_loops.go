package core

import (
	"context"

	"github.com/fastsips/fastsips/mi"
)

func (m management) loopCommands() []*mi.Command {
	return []*mi.Command{
		{Name: "loops:list", Doc: "Show how messages come to the event loops: received are those of its calls, steered came by UDP to its own socket, handed over came to it for another loop. Steering is how the kernel chooses the socket.", Recipes: []mi.Recipe{
			mi.Recipe0(m.loopList)}},
	}
}

func (m management) loopList(context.Context) (any, error) {
	loops, sockets := []mi.Object{}, []mi.Object{}
	for i, c := range transportCounters(m.core) {
		loops = append(loops, mi.Object{
			{Name: "Loop", Value: i}, {Name: "Received", Value: c.Received.Load()},
			{Name: "Steered", Value: c.Steered.Load()}, {Name: "Handed_Over", Value: c.HandedOver.Load()},
		})
	}
	for _, ls := range m.core.Proxy().Transport().Listeners() {
		if how, is := ls.Steering(); is {
			sockets = append(sockets, mi.Object{{Name: "Socket", Value: ls.String()}, {Name: "By", Value: how.Active.String()}, {Name: "Note", Value: how.Note}})
		}
	}
	return mi.Object{{Name: "Loops", Value: loops}, {Name: "Steering", Value: sockets}}, nil
}
