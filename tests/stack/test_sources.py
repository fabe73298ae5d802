"""Each source, from its event on the bus to the end of the last hop."""


def test_guardduty(world):
    world.put(world.event("guardduty-compromised-credentials"))

    assert world.keys() == {world.key: "Inactive", world.sibling: "Active"}
    (mail,) = world.mails()
    assert world.key in mail["Subject"]
