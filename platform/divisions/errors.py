from kernel.errors import DomainError, InvalidInput, NotAllowed, TooLarge, VersionChanged


class DivisionImportRefused(InvalidInput):
    """The list contradicts itself or the stored one; nothing was written."""

    code = "division_import_refused"
    title = "行政区划清单有误，未写入任何数据"


class NoOwnCounty(NotAllowed):
    code = "no_own_county"
    title = "本机构没有负责的县，不能维护区划清单；请由县域医共体或卫健局导入"


class DivisionFileTooLarge(TooLarge):
    code = "division_file_too_large"
    title = "清单文件过大，一次只导入一个县的清单"


class ImportHasProblems(DomainError):
    code = "import_has_problems"
    title = "清单有问题，不能生效；请改正文件后重新上传"


class ImportClosed(DomainError):
    code = "import_closed"
    title = "这次导入已经生效或放弃，不能再处理"


class ListMoved(VersionChanged):
    code = "division_list_moved"
    title = "预览之后，库中的区划已有变动，请重新上传清单再预览"
