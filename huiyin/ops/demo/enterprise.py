"""远山能源集团, which does not exist: its units in three levels, the people with their roles, the employees who file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from huiyin.kernel.actors import Employee, Staff, System
from huiyin.org import accounts, structure
from huiyin.org.models import Area, Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of

SINCE = date(2024, 1, 1)
BY = System("demo")

TOML = """# 演示用的虚构企业，名称、地址、电话和人员均为虚构。
name = "远山能源集团（虚构）"
office = "远山能源集团信访办公室"
address = "云岭市远山路1号（虚构）"
phone = "0000-12345"
reception = "工作日 8:30-11:30、14:00-17:00，远山路1号东门接访室（虚构）"
external_review_organ = "云岭市国有资产监督管理委员会（虚构）"
external_inspection_organ = "云岭市纪委监委（虚构）"
is_fictional = true
"""


@dataclass(frozen=True)
class Place:
    """A unit. `code` makes it act in its own name; `office` gives it a petition office."""

    key: str
    name: str
    short: str
    parent: str = ""
    code: str = ""
    office: bool = False


UNITS = (
    Place("group", "远山能源集团有限公司", "远山集团", code="远信", office=True),
    Place("refining", "远山炼化公司", "炼化公司", "group", "炼信", office=True),
    Place("cracking", "炼化公司催化裂化车间", "催化车间", "refining"),
    Place("power", "炼化公司动力车间", "动力车间", "refining"),
    Place("mining", "远山矿业公司", "矿业公司", "group", "矿信"),
    Place("digging", "矿业公司采掘一队", "采掘一队", "mining"),
    Place("washing", "矿业公司选煤厂", "选煤厂", "mining"),
    Place("transport", "远山物流运输公司", "运输公司", "group", "运信"),
    Place("fleet", "运输公司运输一队", "运输一队", "transport"),
    Place("building", "远山工程建设公司", "工程公司", "group", "建信"),
    Place("site", "工程公司第三项目部", "第三项目部", "building"),
    Place("services", "远山物业服务公司", "物业公司", "group"),
    Place("canteen", "物业公司餐饮服务部", "餐饮部", "services"),
    Place("personnel", "集团人力资源部", "人力资源部", "group"),
    Place("retired", "集团离退休人员管理部", "离退休部", "group"),
)

AREAS = {
    "production": ("生产经营", ("refining", "mining", "transport", "building")),
    "people": ("人事与后勤", ("personnel", "retired", "services")),
}


@dataclass(frozen=True)
class Job:
    """A person at work: account, fictional name, role, unit, and what to try with the account."""

    username: str
    name: str
    role: Role
    unit: str
    title: str
    hint: str
    area: str = ""


JOBS = (
    Job("officer1", "周敏", Role.OFFICER, "group", "信访办主任", "登记新来件、研判、受理、分办、用印、送达、办结"),
    Job("officer2", "何志远", Role.OFFICER, "group", "信访专员", "登记来电来信来访；查重并入"),
    Job("officer3", "罗晓云", Role.OFFICER, "refining", "炼化公司信访专员", "只看得到炼化公司信访机构收到的事项"),
    Job("liaison1", "高海燕", Role.LIAISON, "refining", "炼化公司联络员", "签收分办给炼化公司的事项，或者退回"),
    Job("liaison2", "马国强", Role.LIAISON, "mining", "矿业公司联络员", "签收分办给矿业公司的事项"),
    Job("liaison3", "林秋菊", Role.LIAISON, "transport", "运输公司联络员", "签收分办给运输公司的事项"),
    Job("liaison4", "方立新", Role.LIAISON, "building", "工程公司联络员", "签收分办给工程公司的事项"),
    Job("liaison5", "蒋玉兰", Role.LIAISON, "services", "物业公司联络员", "签收分办给物业公司的事项"),
    Job("liaison6", "韩雪", Role.LIAISON, "personnel", "人力资源部联络员", "签收分办给人力资源部的事项"),
    Job("liaison7", "曹德才", Role.LIAISON, "retired", "离退休部联络员", "签收分办给离退休部的事项"),
    Job("handler1", "许文斌", Role.HANDLER, "refining", "劳资主管", "联系反映人、调查、拟处理意见、登记落实"),
    Job("handler2", "丁建民", Role.HANDLER, "mining", "安全主管", "申请延期；申请查看保密身份"),
    Job("handler3", "苏婷", Role.HANDLER, "transport", "综合主管", "请反映人补充材料"),
    Job("handler4", "贾永刚", Role.HANDLER, "building", "经营主管", "处理农民工和外包人员工资"),
    Job("handler5", "白丽", Role.HANDLER, "services", "服务主管", "处理食堂、通勤、住房方面的事项"),
    Job("handler6", "江一帆", Role.HANDLER, "personnel", "薪酬社保主管", "处理工资、社保、职称方面的事项"),
    Job("handler7", "田桂芳", Role.HANDLER, "retired", "离退休服务主管", "处理退休、内退、家属工方面的事项"),
    Job("head1", "范振华", Role.UNIT_HEAD, "refining", "炼化公司经理", "审批炼化公司的处理意见和延期"),
    Job("head2", "石磊", Role.UNIT_HEAD, "mining", "矿业公司经理", "审批矿业公司的处理意见和延期"),
    Job("head3", "姚红", Role.UNIT_HEAD, "transport", "运输公司经理", "审批运输公司的处理意见"),
    Job("head4", "邱大勇", Role.UNIT_HEAD, "building", "工程公司经理", "审批工程公司的处理意见"),
    Job("head5", "孔祥林", Role.UNIT_HEAD, "services", "物业公司经理", "查看和签收物业公司的事项"),
    Job("deputy1", "秦岭", Role.DEPUTY, "group", "副总经理", "决定是否查看保密身份（生产单位）", "production"),
    Job("deputy2", "傅晓梅", Role.DEPUTY, "group", "工会主席", "决定是否查看保密身份（人事后勤）", "people"),
    Job("chief1", "严正", Role.CHIEF, "group", "董事长", "审批集团部门的处理意见；查看全部事项"),
    Job("inspector1", "沈清", Role.INSPECTOR, "group", "纪检监察干部", "检举控告：只有这个岗位看得到"),
    Job("reviewer1", "钟立国", Role.REVIEWER, "group", "法务部主任", "办理复查、复核"),
    Job("union1", "罗春梅", Role.UNION, "group", "工会干部", "办理帮扶申请；帮扶期间看得到那件事项"),
    Job("sysadmin", "贺系统", Role.SYSTEM_ADMIN, "group", "系统管理员", "建立、停用账号；看不到任何事项"),
    Job("secadmin", "贺安全", Role.SECURITY_ADMIN, "group", "安全管理员", "授予、结束岗位；看不到任何事项"),
    Job("auditadmin", "贺审计", Role.AUDIT_ADMIN, "group", "审计管理员", "查看操作记录；看不到任何事项"),
)


@dataclass(frozen=True)
class Colleague:
    """An employee with an account who files."""

    username: str
    name: str
    unit: str
    phone: str
    address: str = ""


EMPLOYEES = (
    Colleague("employee1", "赵春生", "fleet", "13800000001", "远山小区3栋201（虚构）"),
    Colleague("employee2", "钱玉梅", "cracking", "13800000002", "炼化小区7栋102（虚构）"),
    Colleague("employee3", "孙建军", "digging", "13800000003", "矿工新村12栋（虚构）"),
    Colleague("employee4", "李桂花", "retired", "13800000004", "远山小区9栋502（虚构）"),
    Colleague("employee5", "吴大鹏", "site", "13800000005"),
    Colleague("employee6", "郑小丽", "canteen", "13800000006"),
    Colleague("employee7", "冯志强", "power", "13800000007", "炼化小区2栋301（虚构）"),
    Colleague("employee8", "陈思远", "washing", "13800000008"),
)


@dataclass
class Enterprise:
    """Units and accounts by their keys."""

    units: dict[str, Unit]
    users: dict[str, User]

    def staff(self, username: str, on: date) -> Staff:
        return staff_of(self.users[username], on)

    def employee(self, username: str) -> Employee:
        return Employee(user_id=self.users[username].pk)


def write_settings(folder: Path) -> Path:
    """enterprise.toml in the data folder; one that says it is fictional is written anew."""
    path = folder / "enterprise.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def build(password: str, at: datetime) -> Enterprise:
    """Units, areas, accounts and posts, through the acts that make them. All accounts have this password."""
    units: dict[str, Unit] = {}
    for place in UNITS:
        units[place.key] = structure.open_unit(
            place.name,
            place.short,
            parent=units.get(place.parent),
            on=SINCE,
            code=place.code,
            acts_in_own_name=bool(place.code),
            has_petition_office=place.office,
            by=BY,
            at=at,
        )
    areas: dict[str, Area] = {}
    for key, (name, members) in AREAS.items():
        areas[key] = Area.objects.create(name=name)
        areas[key].units.set([units[member] for member in members])
    users: dict[str, User] = {}
    for job in JOBS:
        unit = units[job.unit]
        user, _ = accounts.create_account(job.username, job.name, unit=unit, password=password, by=BY, at=at)
        accounts.grant_post(
            user, job.role, unit, title=job.title, starts_on=SINCE, area=areas.get(job.area), by=BY, at=at
        )
        users[job.username] = user
    for person in EMPLOYEES:
        users[person.username], _ = accounts.create_account(
            person.username, person.name, unit=units[person.unit], password=password, by=BY, at=at
        )
    return Enterprise(units, users)


def accounts_table(password: str) -> str:
    """What is written to demo-accounts.txt: role, account, what to try."""
    lines = [f"演示账号（全部虚构）。所有账号的密码都是：{password}", "", "岗位 | 账号 | 可以试试"]
    lines += [f"{job.role.label} | {job.username} | {job.hint}" for job in JOBS]
    lines += [f"职工 | {person.username} | 查看自己反映的事项、提交、评价" for person in EMPLOYEES]
    return "\n".join(lines) + "\n"
