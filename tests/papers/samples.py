"""One whole set of fields for each kind of paper. All fictional."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from huiyin.papers.templates import Value


class Head(TypedDict):
    unit: str
    number: str
    on: date


HEAD: Head = {"unit": "华远石化集团有限公司", "number": "信受〔2026〕12号", "on": date(2026, 8, 3)}
WORDS = (
    "本人是炼化二厂检修车间钳工，车间要求每周六到岗检修，共计加班82天，只登记了31天，其余51天没有登记，也没有安排补休。\n"
    "我多次向车间主任和综合办反映，得到的答复是“等厂里统一安排”，到现在没有结果。打卡记录和检修作业票都能证明。"
)
CODE = "7K3M9QWX2TABCD0123EFGHJKMNPQ"

FIELDS: dict[str, dict[str, Value]] = {
    "D1": {
        "reference": "7K3M9QWX2T",
        "received_on": "2026-08-03T02:24:05+00:00",
        "channel": "网上",
        "filer": "张建国（实名）",
        "text": WORDS,
        "demands": ["补发51天周六加班的工资", "说明今后周六检修的考勤登记办法"],
        "materials": ["打卡记录.xlsx（24 KB）", "检修作业票照片.jpg（1.2 MB）"],
        "receiver": "华远石化集团信访办公室",
        "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "next_steps": "2026年8月5日前登记编号。\n2026年8月18日前书面告诉您是否受理、由谁办理。",
        "query_code": CODE,
        "query_address": "https://huiyin.example/track",
    },
    "D2": {
        "addressee": "张建国同志",
        "received_on": "2026-08-03",
        "matter": "检修车间周六加班工资",
        "demands": ["补发51天周六加班的工资", "说明今后周六检修的考勤登记办法"],
        "handling_unit": "炼化二厂人力资源部",
        "contact_person": "王芳",
        "contact_phone": "0400-1234567",
        "due_on": "2026-10-08",
        "query_way": "登录 https://huiyin.example/track ，凭查询码或者本人账号查询。",
        "review_way": "向华远石化集团有限公司提出。",
    },
    "D2S": {
        "addressee": "张建国同志",
        "received_on": "2026-08-03",
        "matter": "夜班食堂供餐",
        "demands": ["夜班时段食堂留一个窗口", "早上加一趟六点四十的通勤车"],
        "handling_unit": "物业公司",
        "contact_person": "王芳",
        "contact_phone": "0532-00000000",
        "due_on": "2026-10-02",
        "query_way": "登录 https://huiyin.example 凭查询码查询。",
        "case_number": "信〔2026〕13号",
    },
    "D3": {
        "addressee": "李秀英女士",
        "received_on": "2026-08-03",
        "matter": "夜班补贴标准",
        "reason": "您反映的事项已由炼化二厂于2026年7月20日受理，正在办理期限内。",
        "article": "《信访工作条例》第十九条第三款",
        "right_organ": "请等待炼化二厂的书面答复；对答复不服的，可以自收到之日起30日内请求复查。",
    },
    "D6": {
        "addressee": "赵䶮先生",
        "received_on": "2026-08-03",
        "matter": "解除劳动合同经济补偿",
        "branch": "2",
        "procedure": "劳动争议仲裁。可以先协商，也可以申请调解；调解不成的，可以申请仲裁。仲裁不收费。",
        "organ": "滨海市劳动人事争议仲裁委员会",
        "organ_address": "滨海市新港路18号",
        "organ_phone": "12333",
        "limit": "1年，自知道或者应当知道权利被侵害之日起计算。",
        "materials": ["仲裁申请书", "劳动合同、解除通知等证据", "身份证复印件"],
        "article": "《劳动争议调解仲裁法》第二条、第五条、第二十七条",
        "caution": "在本单位反映不等于已经申请仲裁。请在期限之内向仲裁委员会提出。",
    },
    "D13": {
        "addressee": "张建国同志",
        "case_number": "信〔2026〕12号",
        "accepted_on": "2026-08-03",
        "reason": "涉及两个年度的考勤原始记录，需要与41名同班组职工核对。",
        "days": "30",
        "old_due_on": "2026-10-08",
        "new_due_on": "2026-11-02",
    },
    "D13F": {
        "case_number": "信〔2026〕12号",
        "matter": "检修车间周六加班工资",
        "accepted_on": "2026-08-03",
        "reason": "涉及两个年度的考勤原始记录，需要与41名同班组职工核对。",
        "days": "30",
        "old_due_on": "2026-10-08",
        "new_due_on": "2026-11-02",
        "asked_by": "刘志强",
        "asked_on": "2026-09-25",
        "opinion": "同意延长30日。请抓紧核对，及时告知本人。",
        "decided_by": "陈卫东",
        "decided_on": "2026-09-26",
    },
    "D14": {
        "addressee": "张建国同志",
        "case_number": "信〔2026〕12号",
        "received_on": "2026-08-03",
        "findings": "经调取门禁记录、检修作业票和考勤台账，您周六到岗82天，登记31天，有51天未登记，也未安排补休。",
        "answers": [
            {
                "no": "1",
                "demand": "补发51天周六加班的工资",
                "reasons": "门禁记录、作业票与您陈述一致，休息日安排工作又未安排补休。",
                "basis": "《中华人民共和国劳动法》第四十四条第二项。",
                "outcome": "supported",
                "measure": "炼化二厂于2026年10月31日前补发，由人力资源部负责。",
            },
            {
                "no": "2",
                "demand": "说明今后周六检修的考勤登记办法",
                "reasons": "厂里已修订检修排班办法，自2026年9月起以门禁记录为准自动登记。",
                "basis": "《炼化二厂检修排班与考勤实施细则》第六条。",
                "outcome": "explained",
                "measure": "",
            },
        ],
        "review_organ": "华远石化集团有限公司",
        "review_days": "30",
    },
    "D14S": {
        "addressee": "张建国同志",
        "case_number": "信〔2026〕13号",
        "received_on": "2026-08-03",
        "findings": "经统计，夜班职工63人，其中41人愿意在食堂用餐；现有通勤车早上六点四十没有空闲车辆。",
        "answers": [
            {
                "no": "1",
                "demand": "夜班时段食堂留一个窗口",
                "reasons": "用餐人数够，面点间可以单独开。",
                "basis": "",
                "outcome": "adopted",
                "measure": "2026年10月8日起，每晚九点半到十二点开一个面点窗口。",
            },
            {
                "no": "2",
                "demand": "早上加一趟六点四十的通勤车",
                "reasons": "现有车辆排班没有余量，购车要列入明年计划。",
                "basis": "《物业公司通勤车运行办法》第三条。",
                "outcome": "kept",
                "measure": "",
            },
        ],
    },
    "D19": {
        "document": "信访事项处理意见书",
        "document_number": "炼化信意〔2026〕7号",
        "sent_by": "王芳",
        "recipient": "张建国同志",
        "place": "炼化二厂信访接待室",
        "way": "hand",
        "sent_on": "2026-09-28",
        "received_on": "2026-09-28",
        "refusal": "",
        "witness": "",
    },
}
