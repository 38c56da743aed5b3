package proxy

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Replicate sends the request in hand to uri, and to the branch set, beside whatever is
// done with it otherwise (t_replicate). The replicas are client transactions that repeat
// the request as any other; their responses end here, and nobody waits for them.
func (x *Context) Replicate(uri []byte) script.Ret {
	if x.Req.Msg.Method() == sipparse.Ack || x.Visible() == nil && !x.NewTransaction() {
		return relayGeneric
	}
	if len(x.Tx.branches)+x.set().n >= maxTxBranches {
		return relayGeneric
	}
	if rc, ok := x.admit(0); !ok {
		return rc
	}
	to := &x.shard.spare
	to.reset()
	to.SetURI(uri)
	return x.fork(relayJob{x: x, tx: x.Tx, replica: true}, to, relayFinish)
}
