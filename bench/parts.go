package main

// parts is all there is to measure, in the order in which it is done.
var parts = []part{
	{
		name: "screens", columns: []string{maruName, naiveName}, loadOn: loadCPU,
		title: "Pages and screens: the server on one CPU, the load on another. In brackets: Maru to naive.",
		measures: []measure{
			{"page", compare(serverCPU, coldPage)},
			{"post", compare(serverCPU, postToScreen)},
			{"all", compare(serverCPU, toAll)},
		},
	},
	{
		name: "requests", columns: []string{maruName, naiveName}, loadOn: loadCPU,
		title: "Requests: the server on one CPU, the load on another, in a closed loop. The naive server appends each post to a file and syncs it.",
		measures: []measure{
			{"posts", compare(serverCPU, durable, "--disk")},
			{"polls", compare(serverCPU, polls)},
			{"pages", compare(bothCPUs, pages)},
		},
	},
	{
		name: "streams", columns: []string{maruName, naiveName}, loadOn: loadCPU,
		title: "Streams: the server on one CPU, the load on another, in an open loop. Maru syncs each post to the disk, the naive server keeps it in memory.",
		measures: []measure{
			{"fan-out", compare(serverCPU, fanOut)},
			{"big-room", compare(serverCPU, bigRoom)},
			{"rooms", compare(serverCPU, manyRooms)},
			{"storm", compare(serverCPU, storm)},
			{"idle", compare(serverCPU, idle)},
			{"idle-tls", tlsIdle},
			{"bundles", bundles},
		},
	},
	{
		name: "nodes", columns: []string{houseName(1), houseName(2), houseName(4), sqliteName}, loadOn: allCPUs,
		title: "Nodes on one PostgreSQL, SQLite beside them: nodes, database and load share all CPUs. Senders use the nodes in turn; streams are read at another node than the one that is posted at. In brackets: to SQLite.",
		measures: []measure{
			{"posts", houses(housePosts, 1, 2, 4)},
			{"screens", houses(houseScreens, 2)},
		},
	},
}
