package inbox

import (
	"fmt"
	"testing"

	"maru/internal/chat"
)

// BenchmarkLook is what a look costs beside the tables: 10,000 people who each read
// for 20 of 1,000 rooms, and rooms of which so many have moved.
func BenchmarkLook(b *testing.B) {
	for _, moved := range []int64{1, 100, 1000} {
		b.Run(fmt.Sprint(moved, " rooms moved"), func(b *testing.B) {
			k := newBook()
			var list []chat.Membership
			var users []int64
			told := 0
			for user := range int64(10_000) {
				one := &box{user: user}
				one.readers = []*Reader{{box: one, wake: func() { told++ }}}
				k.users[user] = one
				users = append(users, user)
				for n := range int64(20) {
					list = append(list, chat.Membership{User: user, Room: chat.InboxRoom{ID: (user + n*n*7) % 1000, Slug: "room"}})
				}
			}
			k.fill(users, list)
			b.ReportAllocs()
			for head := int64(1); b.Loop(); head++ {
				k.count++
				for room := range moved {
					k.move(chat.Move{Room: chat.InboxRoom{ID: room, Slug: "room", Head: head}})
				}
				k.tell()
			}
		})
	}
}
