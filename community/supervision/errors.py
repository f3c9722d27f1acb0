from kernel.errors import NotAllowed


class NoBureau(NotAllowed):
    code = "no_bureau"
    title = "您的账号尚未归属任何卫健局，请联系平台管理员"
