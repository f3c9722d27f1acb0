from kernel.errors import InvalidInput


class InvalidDocument(InvalidInput):
    """`errors` holds every fault with its pointer, prefixed by the position of the document in the list."""

    code = "invalid_questionnaire"
    title = "问卷内容有误，未保存"
