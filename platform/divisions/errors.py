from kernel.errors import InvalidInput


class DivisionImportRefused(InvalidInput):
    """The list contradicts itself or the stored one; nothing was written."""

    code = "division_import_refused"
    title = "行政区划清单有误，未写入任何数据"
