from kernel.errors import DomainError, InvalidInput, NotFound, TooLarge


class FileTooLarge(TooLarge):
    @classmethod
    def over(cls, limit: int) -> "FileTooLarge":
        return cls(f"文件不能超过 {limit // (1024 * 1024)} MB", limit=limit)


class EmptyFile(InvalidInput):
    code = "empty_file"
    title = "文件是空的"


class NotAudio(InvalidInput):
    code = "not_audio"
    title = "不是可识别的录音文件（支持 WAV、MP3、M4A/AAC、OGG/OPUS、AMR、WEBM）"


class LinkInvalid(NotFound):
    """Forged, damaged, or signed for another tenant: told apart nowhere."""

    code = "link_invalid"
    title = "链接无效"


class LinkExpired(DomainError):
    status = 410
    code = "link_expired"
    title = "链接已过期，请重新打开"


class RangeNotSatisfiable(DomainError):
    status = 416
    code = "range_not_satisfiable"
    title = "请求的范围超出文件长度"


class FileDamaged(DomainError):
    """The stored object is shorter than its row says, was changed, or is gone."""

    status = 500
    code = "file_damaged"
    title = "文件已损坏或丢失，请联系管理员"


class StoreUnavailable(DomainError):
    status = 503
    code = "store_unavailable"
    title = "文件存储暂时不可用，请稍后重试"
