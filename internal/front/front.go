package front

import (
	"net/http"

	"maru/internal/door"
	"maru/internal/page"
)

// Front answers people.
type Front struct{ *door.Door }

// Routes is its table of addresses.
func (f Front) Routes() []door.Route {
	return []door.Route{
		{Method: "GET", Path: "/sign-in", Open: f.signInPage},
		{Method: "POST", Path: "/sign-in", Open: f.signInForm},
		{Method: "GET", Path: "/sign-up", Open: f.signUpPage},
		{Method: "POST", Path: "/sign-up", Open: f.signUpForm},
		{Method: "POST", Path: "/sign-out", Actor: f.signOutForm},
		{Method: "POST", Path: "/choose", Open: f.choiceForm},
		{Method: "GET", Path: "/manifest.webmanifest", Open: f.manifest},
		{Method: "GET", Path: "/{$}", Actor: f.roomsPage},
		{Method: "GET", Path: "/new", Actor: f.newRoomPage},
		{Method: "POST", Path: "/rooms", Actor: f.newRoomForm},
		{Method: "GET", Path: "/rooms/{room}", Actor: f.roomPage},
		{Method: "GET", Path: "/rooms/{room}/{seq}", Actor: f.roomPage},
		{Method: "POST", Path: "/rooms/{room}/messages", Actor: f.messageForm},
		{Method: "POST", Path: "/rooms/{room}/messages/{seq}", Actor: f.changeMessageForm},
		{Method: "GET", Path: "/rooms/{room}/about", Actor: f.aboutPage},
		{Method: "POST", Path: "/rooms/{room}/about", Actor: f.aboutForm},
		{Method: "POST", Path: "/rooms/{room}/members", Actor: f.membersForm},
		{Method: "POST", Path: "/rooms/{room}/delete", Actor: f.deleteRoomForm},
		{Method: "GET", Path: "/shortcuts", Actor: f.shortcutsPage},
		{Method: "GET", Path: "/search", Actor: f.searchPage},
		{Method: "GET", Path: "/settings", Actor: f.settingsPage},
		{Method: "POST", Path: "/settings", Actor: f.settingsForm},
		{Method: "POST", Path: "/settings/password", Actor: f.passwordForm},
		{Method: "GET", Path: "/settings/sites", Actor: f.sitesPage},
		{Method: "POST", Path: "/settings/sites", Actor: f.newSiteForm},
		{Method: "GET", Path: "/settings/sites/{site}", Actor: f.sitePage},
		{Method: "POST", Path: "/settings/sites/{site}", Actor: f.siteForm},
		{Method: "GET", Path: "/settings/sites/{site}/preview", Actor: f.previewPage},
		{Method: "POST", Path: "/settings/sites/{site}/keys", Actor: f.keysForm},
		{Method: "POST", Path: "/settings/sites/{site}/delete", Actor: f.deleteSiteForm},
		{Method: "GET", Path: "/embed.js", Open: f.elementFile},
		{Method: "GET", Path: "/embed/{file}", Open: f.elementFile},
		{Method: "GET", Path: "/embed/frame", Open: f.framePage},
		{Method: "POST", Path: "/settings/tokens", Actor: f.tokensForm},
	}
}

// again shows the page of a form: with what was wrong with that, or with what came
// of it.
func (f Front) again(w http.ResponseWriter, r *http.Request, wrong error, view page.View) error {
	text, status, err := f.Refused(w, r, wrong)
	if err != nil {
		return err
	}
	view.Tell(text)
	return f.Render(w, r, status, view)
}
