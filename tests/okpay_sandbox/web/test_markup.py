"""What is filled into a template is text, unless it is markup already."""

from __future__ import annotations

from okpay_sandbox.web.markup import Html, fill, join


def test_text_is_escaped_and_markup_is_not() -> None:
    assert fill("<p>{words}</p>", words="<b> & \"quoted\" 'too'") == (
        "<p>&lt;b&gt; &amp; &quot;quoted&quot; &#x27;too&#x27;</p>"
    )
    assert fill("<p>{words}</p>", words=fill("<b>{x}</b>", x="<")) == "<p><b>&lt;</b></p>"


def test_markup_that_was_changed_is_text_again() -> None:
    assert fill("{words}", words=Html("<b>") + "<i>") == "&lt;b&gt;&lt;i&gt;"
    assert fill("{words}", words=Html("<b>").upper()) == "&lt;B&gt;"


def test_braces_in_text_are_no_names() -> None:
    assert fill("{words}", words="{0.__class__} {password}") == "{0.__class__} {password}"


def test_parts_are_joined_as_markup() -> None:
    assert fill("{parts}", parts=join([Html("<i>"), Html("</i>")], " ")) == "<i> </i>"
