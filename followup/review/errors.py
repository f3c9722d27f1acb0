from kernel.errors import DomainError


class EmptyPopulation(DomainError):
    code = "empty_population"
    title = "所选科室在该时段内没有可抽查的随访任务，请放宽时段或科室"


class ReviewFormMissing(DomainError):
    code = "review_form_missing"
    title = "抽查问卷尚未签署，请先在问卷库中签署后再抽样"


class AlreadyAnswered(DomainError):
    code = "already_answered"
    title = "抽查问卷已提交，原随访记录已显示，不能再修改"


class NotAnswered(DomainError):
    code = "not_answered"
    title = "请先独立回访并提交抽查问卷，再评分"


class AlreadyScored(DomainError):
    code = "already_scored"
    title = "该抽查项已评分"
