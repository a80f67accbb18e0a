package web

// Route is a row of the table of addresses, as tests look at it.
type Route struct {
	Method, Path string
	Open         bool
}

// Routes returns the table of addresses.
func Routes() []Route {
	var list []Route
	for _, r := range new(Server).table() {
		list = append(list, Route{r.method, r.path, r.open != nil})
	}
	return list
}
