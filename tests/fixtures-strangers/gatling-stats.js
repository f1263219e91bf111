var stats = {
    type: "GROUP",
    name: "All Requests"
}
