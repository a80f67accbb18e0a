package api

import (
	"maru/internal/door"
)

// API answers programs, and the scripts of the pages.
type API struct{ *door.Door }

// root is where the programming interface begins.
const root = "/api/v1"

// Routes is its table of addresses.
func (a API) Routes() []door.Route {
	return []door.Route{
		{Method: "POST", Path: root + "/accounts", Open: a.postAccount},
		{Method: "POST", Path: root + "/session", Open: a.postSession},
		{Method: "GET", Path: root + "/session", Visitor: a.getSession},
		{Method: "DELETE", Path: root + "/session", Actor: a.deleteSession},
		{Method: "DELETE", Path: root + "/sessions", Actor: a.deleteSessions},
		{Method: "PATCH", Path: root + "/account", Visitor: a.patchAccount},
		{Method: "PUT", Path: root + "/account/password", Actor: a.putPassword},
		{Method: "POST", Path: root + "/guests", Open: a.postGuest},
		{Method: "GET", Path: root + "/embed", Open: a.getEmbed},
		{Method: "POST", Path: root + "/tokens", Actor: a.postToken},
		{Method: "GET", Path: root + "/tokens", Actor: a.getTokens},
		{Method: "DELETE", Path: root + "/tokens/{id}", Actor: a.deleteToken},
		{Method: "GET", Path: root + "/users", Visitor: a.getUsers},
		{Method: "PATCH", Path: root + "/users/{id}", Actor: a.patchUser},
		{Method: "GET", Path: root + "/rooms", Visitor: a.getRooms},
		{Method: "POST", Path: root + "/rooms", Actor: a.postRoom},
		{Method: "GET", Path: root + "/rooms/{room}", Reader: a.getRoom},
		{Method: "PATCH", Path: root + "/rooms/{room}", Actor: a.patchRoom},
		{Method: "DELETE", Path: root + "/rooms/{room}", Actor: a.deleteRoom},
		{Method: "GET", Path: root + "/rooms/{room}/members", Visitor: a.getMembers},
		{Method: "PUT", Path: root + "/rooms/{room}/members/{user}", Visitor: a.putMember},
		{Method: "DELETE", Path: root + "/rooms/{room}/members/{user}", Visitor: a.deleteMember},
		{Method: "GET", Path: root + "/rooms/{room}/messages", Reader: a.getMessages},
		{Method: "POST", Path: root + "/rooms/{room}/messages", Visitor: a.postMessage},
		{Method: "GET", Path: root + "/rooms/{room}/messages/{seq}", Reader: a.getMessage},
		{Method: "PATCH", Path: root + "/rooms/{room}/messages/{seq}", Visitor: a.patchMessage},
		{Method: "DELETE", Path: root + "/rooms/{room}/messages/{seq}", Visitor: a.deleteMessage},
		{Method: "PUT", Path: root + "/rooms/{room}/messages/{seq}/reactions/{emoji}", Visitor: a.putReaction},
		{Method: "DELETE", Path: root + "/rooms/{room}/messages/{seq}/reactions/{emoji}", Visitor: a.deleteReaction},
		{Method: "PUT", Path: root + "/rooms/{room}/read", Visitor: a.putRead},
		{Method: "POST", Path: root + "/rooms/{room}/typing", Visitor: a.postTyping},
		{Method: "GET", Path: root + "/rooms/{room}/presence", Visitor: a.getPresence},
		{Method: "GET", Path: root + "/rooms/{room}/events", Reader: a.getEvents},
		{Method: "GET", Path: root + "/events", Reader: a.getBundle},
		{Method: "GET", Path: root + "/search", Visitor: a.getSearch},
	}
}
