package proxy

// MaxLocalTag is room enough for any tag of [Context.LocalToTag] that is made here.
const MaxLocalTag = txTagLen

// LocalToTag returns the To tag of the responses that are made here to the request in
// hand: the one that it has, else that of its transaction or, where the script has
// none, of answers without one. It is valid until the next message.
func (x *Context) LocalToTag() []byte {
	if tag := x.Req.Msg.ToTag(); len(tag) > 0 {
		return tag
	}
	if tx := x.Visible(); tx != nil {
		return x.shard.txTag(tx)
	}
	return x.shard.statelessTag(x.Req)
}
